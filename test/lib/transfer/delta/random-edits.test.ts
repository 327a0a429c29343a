import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyDelta } from '../../../../lib/transfer/delta/apply-delta.ts'
import { longestAscending } from '../../../../lib/transfer/delta/longest-ascending.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { chunksOf, collect, deltaOf, named, PAGE, pagesOf } from './page-files.ts'

const test = suite('lib/transfer/delta: random edits')

/** More than usual: `RUNS=10000 node test/run.ts transfer/delta/random-edits`. */
const runs = Number(process.env['RUNS'] ?? 60)

/** Some pages are often alike, as empty ones are. */
const content = fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1))
const pages = fc.array(content, { minLength: 1, maxLength: 60 })

type Edit = (list: readonly number[]) => number[]
const place = fc.nat(59)
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(place, content).map(
    ([at, page]): Edit =>
      (list) =>
        list.toSpliced(at, 1, page),
  ),
  fc.tuple(place, pages).map(
    ([at, more]): Edit =>
      (list) =>
        list.toSpliced(at, 0, ...more),
  ),
  fc.tuple(place, fc.nat(20)).map(
    ([at, count]): Edit =>
      (list) =>
        list.toSpliced(at, count),
  ),
  fc.tuple(place, fc.nat(20), place).map(([from, count, to]): Edit => (list) => {
    const rest = list.toSpliced(from, count)
    return rest.toSpliced(to, 0, ...list.slice(from, from + count))
  }),
  fc.constant<Edit>((list) => list.toReversed()),
)
const edits = fc.array(edit, { maxLength: 4 })

function edited(list: readonly number[], all: readonly Edit[]): number[] {
  const result = all.reduce((now, one) => one(now), [...list])
  return result.length === 0 ? [1] : result
}

test('what is made of the base is the target, whatever happened to its pages', () =>
  inFolder(async (folder) => {
    const property = fc.asyncProperty(pages, edits, async (list, all) => {
      const base = pagesOf(list)
      const target = pagesOf(edited(list, all))
      const { delta, found } = await deltaOf(folder, base, target)
      assert.equal(found.base, named(base))
      const expected = { base: named(base), target: named(target) }
      const made = await collect(applyDelta(chunksOf(base), chunksOf(delta), expected))
      assert.ok(made.equals(target))
    })
    await fc.assert(property, { numRuns: runs })
  }))

test('deltas that follow each other are applied in one pass', () =>
  inFolder(async (folder) => {
    const property = fc.asyncProperty(
      pages,
      fc.array(edits, { maxLength: 4 }),
      async (list, steps) => {
        let numbers: readonly number[] = list
        let bytes = pagesOf(numbers)
        let made: AsyncIterable<Buffer> = chunksOf(bytes)
        for (const step of steps) {
          numbers = edited(numbers, step)
          const next = pagesOf(numbers)
          const { delta } = await deltaOf(folder, bytes, next)
          made = applyDelta(made, chunksOf(delta), { base: named(bytes), target: named(next) })
          bytes = next
        }
        assert.ok((await collect(made)).equals(bytes))
      },
    )
    await fc.assert(property, { numRuns: Math.ceil(runs / 3) })
  }))

test('a longest ascending selection is found', () => {
  const property = fc.property(fc.array(fc.nat(40), { maxLength: 30 }), (numbers) => {
    const selected = [...longestAscending(Uint32Array.from(numbers))]
    assert.is(selected.length, longestOf(numbers))
    for (const [index, at] of selected.entries()) {
      const before = selected[index - 1]
      if (before === undefined) continue
      assert.ok(before < at && (numbers[before] ?? 0) < (numbers[at] ?? 0))
    }
  })
  fc.assert(property, { numRuns: runs })
})

test('pages that were moved are found between those that stayed, as far as they are in order', () =>
  inFolder(async (folder) => {
    // The header differs; 9 stays; 4 and 5 were moved behind 6 and 7, or these before them.
    const base = pagesOf([1, 4, 5, 6, 7, 8, 9, 20, 21, 22])
    const target = pagesOf([2, 6, 7, 8, 4, 5, 9, 19, 20, 21, 22])
    const { found } = await deltaOf(folder, base, target)
    assert.equal([...(found.shared?.records ?? [])], [0, 0, 1, 3, 3, 2, 0, 1, 1, 0, 3, 0])
    assert.is(found.shared?.newPages, 4)
  }))

test('of pages that are all alike each is taken once', () =>
  inFolder(async (folder) => {
    const base = pagesOf([1, 7, 7, 7, 8])
    const target = pagesOf([2, 8, 7, 7, 7, 7])
    const { found } = await deltaOf(folder, base, target)
    // The second and third of the target are where the base has them; the fourth is behind these.
    assert.equal([...(found.shared?.records ?? [])], [0, 0, 2, 2, 2, 2])
  }))

test('pages are not the same because their checksums are', () =>
  inFolder(async (folder) => {
    const [one, other] = collision()
    const withPage = (list: readonly number[], page: Buffer): Buffer => {
      const bytes = pagesOf(list)
      page.copy(bytes, bytes.length - PAGE)
      return bytes
    }
    const base = withPage([1, 3, 0], one)
    const target = withPage([2, 4, 5, 0], other)
    const { delta, found } = await deltaOf(folder, base, target)
    assert.is(found.shared?.newPages, 4)
    const expected = { base: named(base), target: named(target) }
    const made = await collect(applyDelta(chunksOf(base), chunksOf(delta), expected))
    assert.ok(made.equals(target))
  }))

/** Two pages that differ, with the same CRC-32. */
function collision(): readonly [Buffer, Buffer] {
  const seen = new Map<number, number>()
  const page = Buffer.alloc(PAGE)
  for (let number = 1; ; number += 1) {
    page.writeDoubleBE(Math.fround(number) * Math.PI, 8)
    page.writeUInt32BE(number, 100)
    const sum = crc32(page)
    const before = seen.get(sum)
    if (before !== undefined) {
      const other = Buffer.alloc(PAGE)
      other.writeDoubleBE(Math.fround(before) * Math.PI, 8)
      other.writeUInt32BE(before, 100)
      return [page, other]
    }
    seen.set(sum, number)
  }
}

function longestOf(list: readonly number[]): number {
  const lengths: number[] = []
  for (const [at, number] of list.entries()) {
    const before = lengths.filter((_, other) => (list[other] ?? 0) < number)
    lengths[at] = 1 + Math.max(0, ...before)
  }
  return Math.max(0, ...lengths)
}

test.run()
