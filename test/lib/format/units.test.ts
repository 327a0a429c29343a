import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatProgress,
  parseDuration,
} from '../../../lib/format/units.ts'

const test = suite('lib/format/units')

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
const TiB = 1024 * GiB

test('an amount is shown in the unit that fits, with three digits at most', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 B'],
    [512, '512 B'],
    [1023, '1023 B'],
    [KiB, '1.0 KiB'],
    [1.44 * MiB, '1.4 MiB'],
    [99.9 * MiB, '99.9 MiB'],
    [100 * MiB, '100 MiB'],
    [2.5 * GiB, '2.5 GiB'],
    [3 * TiB, '3.0 TiB'],
    [5000 * TiB, '5000 TiB'],
  ]
  for (const [bytes, text] of cases) assert.is(formatBytes(bytes), text)
})

test('what is rounded up to the next unit is shown in it', () => {
  assert.is(formatBytes(MiB - 1), '1.0 MiB')
  assert.is(formatBytes(GiB - 1), '1.0 GiB')
  assert.is(formatBytes(1023 * KiB), '1023 KiB')
  assert.is(formatBytes(99.96 * KiB), '100 KiB')
})

test('short times have tenths, long ones minutes', () => {
  const cases: [milliseconds: number, text: string][] = [
    [0, '0.0 s'],
    [380, '0.4 s'],
    [9_900, '9.9 s'],
    [10_000, '10 s'],
    [12_345, '12 s'],
    [60_000, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_723_000, '62 min 3 s'],
  ]
  for (const [milliseconds, text] of cases) assert.is(formatDuration(milliseconds), text)
})

test('what is rounded up to the next unit is shown in it', () => {
  assert.is(formatDuration(9_960), '10 s')
  assert.is(formatDuration(59_600), '1 min 0 s')
  assert.is(formatDuration(119_700), '2 min 0 s')
})

test('a length of time that a person wrote is read', () => {
  assert.is(parseDuration('30m'), 30 * 60_000)
  assert.is(parseDuration('12h'), 12 * 3_600_000)
  assert.is(parseDuration('7d'), 7 * 86_400_000)
  assert.is(parseDuration('2w'), 14 * 86_400_000)
  assert.is(parseDuration('0d'), 0)
})

test('what is no length of time is none', () => {
  for (const text of ['', 'd', '7', '7s', '7 d', '-7d', '1e3d', '7d7d', '123456d', 'constructor']) {
    assert.is(parseDuration(text), null, text)
  }
})

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

test('an amount of bytes is shown with its share and its speed', () => {
  const half = { done: 50 * MiB, total: 100 * MiB }
  assert.is(formatProgress(half, 2000), '50.0 MiB of 100 MiB (50%), 25.0 MiB/s')
})

test('a speed is shown only when it has been measured for half a second', () => {
  const some = { done: MiB, total: 3 * MiB }
  assert.is(formatProgress(some, 499), '1.0 MiB of 3.0 MiB (33%)')
  assert.match(formatProgress(some, 500), ', 2.0 MiB/s')
})

test('it is at 100% only when everything is done', () => {
  assert.match(formatProgress({ done: 999, total: 1000 }, 0), '(99%)')
  assert.match(formatProgress({ done: 1000, total: 1000 }, 0), '(100%)')
  assert.is(formatProgress({ done: 0, total: 0 }, 0), '0 B of 0 B (100%)')
})

test('a text is shown as it is', () => {
  assert.is(formatProgress('table 3 of 7', 10_000), 'table 3 of 7')
})

test.run()
