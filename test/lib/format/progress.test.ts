import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatProgress } from '../../../lib/format/progress.ts'

const test = suite('lib/format/progress')

const MiB = 1024 * 1024

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
