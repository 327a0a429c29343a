import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { planParts } from '../../../../lib/store/s3/plan-parts.ts'

const test = suite('lib/store/s3/plan-parts')

const MIB = 1024 * 1024
const TIB = 1024 * 1024 * MIB

test('parts are numbered from 1 and cover every byte once', () => {
  for (const total of [1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 50 * MIB, 50 * MIB + 1]) {
    const parts = planParts(total, 5 * MIB)
    let offset = 0
    for (const [index, part] of parts.entries()) {
      assert.equal([part.number, part.start], [index + 1, offset])
      offset += part.bytes
    }
    assert.is(offset, total)
  }
})

test('all parts have the size that is asked for but the last, which is never empty', () => {
  assert.equal(
    planParts(12 * MIB, 5 * MIB).map(({ bytes }) => bytes / MIB),
    [5, 5, 2],
  )
  assert.equal(
    planParts(10 * MIB, 5 * MIB).map(({ bytes }) => bytes / MIB),
    [5, 5],
  )
})

test('however large the object, there are at most 10,000 parts, of one size of whole MiB', () => {
  for (const total of [10_000 * 16 * MIB, 10_000 * 16 * MIB + 1, 5 * TIB]) {
    const parts = planParts(total, 16 * MIB)
    assert.ok(parts.length <= 10_000, `${parts.length} parts`)
    const [size = 0] = parts.map(({ bytes }) => bytes)
    assert.is(size % MIB, 0)
    assert.ok(parts.slice(0, -1).every(({ bytes }) => bytes === size))
    assert.is(
      parts.reduce((sum, { bytes }) => sum + bytes, 0),
      total,
    )
  }
})

test.run()
