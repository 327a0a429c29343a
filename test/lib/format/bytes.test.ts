import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatBytes } from '../../../lib/format/bytes.ts'

const test = suite('lib/format/bytes')

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

test.run()
