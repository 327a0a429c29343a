import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatDuration, parseDuration } from '../../../lib/format/duration.ts'

const test = suite('lib/format/duration')

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

test.run()
