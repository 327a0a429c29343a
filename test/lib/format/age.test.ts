import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatAge } from '../../../lib/format/age.ts'

const test = suite('lib/format/age')

const now = new Date('2026-03-01T12:00:00Z')

test('an age is told in its largest whole unit', () => {
  const cases: Record<string, string> = {
    '2026-03-01T11:59:30Z': 'just now',
    '2026-03-01T11:59:00.000Z': '1 min ago',
    '2026-03-01T11:00:01Z': '59 min ago',
    '2026-03-01T07:00:00Z': '5 h ago',
    '2026-02-28T12:00:00Z': '1 d ago',
    '2025-03-02T12:00:00Z': '364 d ago',
    '2025-03-01T12:00:00Z': '1 y ago',
    '2020-07-25T16:13:20.872123Z': '5 y ago',
  }
  for (const [timestamp, age] of Object.entries(cases)) assert.is(formatAge(timestamp, now), age)
})

test('a moment ahead, as from a clock that is wrong, is just now', () => {
  assert.is(formatAge('2026-03-01T15:00:00Z', now), 'just now')
})

test('what is no date has no age', () => {
  assert.is(formatAge('yesterday', now), '')
  assert.is(formatAge('', now), '')
})

test.run()
