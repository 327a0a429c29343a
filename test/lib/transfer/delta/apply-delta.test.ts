import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BrokenForm } from '../../../../lib/transfer/broken-form.ts'
import { applyDelta } from '../../../../lib/transfer/delta/apply-delta.ts'
import { compressZst } from '../../../../lib/transfer/zst/compress.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { chunksOf, collect, deltaOf, named, PAGE, pagesOf } from './page-files.ts'

const test = suite('lib/transfer/delta/apply-delta')

const base = pagesOf([1, 2, 3, 4, 5])
const target = pagesOf([1, 9, 3, 4, 8, 7])
const expected = { base: named(base), target: named(target) }
const delta = await inFolder(async (folder) => (await deltaOf(folder, base, target)).delta)

function make(forged: Buffer, from = base, wanted = expected): Promise<Buffer> {
  return collect(applyDelta(chunksOf(from, 100), chunksOf(forged, 100), wanted))
}

async function broken(forged: Buffer, problem: RegExp, from = base): Promise<void> {
  const error: unknown = await make(forged, from).catch((thrown: unknown) => thrown)
  assert.instance(error, BrokenForm)
  assert.match((error as Error).message, problem)
}

/** A delta with other records. */
async function withRecords(...content: readonly (readonly number[] | Buffer)[]): Promise<Buffer> {
  const all = Buffer.concat(
    content.map((part) => {
      if (Buffer.isBuffer(part)) return part
      const bytes = Buffer.alloc(12)
      part.forEach((number, at) => bytes.writeUInt32LE(number, 4 * at))
      return bytes
    }),
  )
  const header = Buffer.from(delta.subarray(0, 104))
  header.writeBigUInt64LE(BigInt(all.length), 32)
  return Buffer.concat([header, await collect(compressZst(chunksOf(all), { level: 3 }))])
}

function withHeader(change: (header: Buffer) => void): Buffer {
  const forged = Buffer.from(delta)
  change(forged)
  return forged
}

test('a delta has the bytes that docs/formats/delta.md describes', () => {
  assert.is(delta.toString('latin1', 0, 8), 'DMDELTA\n')
  assert.is(delta.readUInt32LE(8), 1)
  assert.is(delta.readUInt32LE(12), PAGE)
  assert.is(delta.readBigUInt64LE(16), BigInt(base.length))
  assert.is(delta.readBigUInt64LE(24), BigInt(target.length))
  assert.is(delta.toString('hex', 40, 72), expected.base.sha256)
  assert.is(delta.toString('hex', 72, 104), expected.target.sha256)
  const records = zstdDecompressSync(delta.subarray(104))
  assert.is(delta.readBigUInt64LE(32), BigInt(records.length))
  const numbers = (at: number): number[] => [0, 4, 8].map((more) => records.readUInt32LE(at + more))
  // The header differs, as it counts the pages.
  assert.equal(numbers(0), [0, 0, 2])
  assert.ok(records.subarray(12, 12 + 2 * PAGE).equals(target.subarray(0, 2 * PAGE)))
  assert.equal(numbers(12 + 2 * PAGE), [2, 2, 2])
  assert.ok(records.subarray(24 + 2 * PAGE).equals(target.subarray(4 * PAGE)))
})

test('the same files make the same delta', () =>
  inFolder(async (folder) => {
    assert.ok((await deltaOf(folder, base, target)).delta.equals(delta))
  }))

test('a delta that is cut off anywhere is refused, and so is one with something behind it', async () => {
  for (let length = 0; length < delta.length; length += 1) {
    await broken(delta.subarray(0, length), /cut short|no delta|ends before/)
  }
  await broken(Buffer.concat([delta, Buffer.from('x')]), /follows/)
})

test('a delta of another format, version, base, target or size is refused', async () => {
  await broken(
    withHeader((header) => header.write('SQLITE')),
    /no delta/,
  )
  await broken(
    withHeader((header) => header.writeUInt32LE(2, 8)),
    /version 2/,
  )
  for (const size of [0, 511, 513, 131_072, 1]) {
    await broken(
      withHeader((header) => header.writeUInt32LE(size, 12)),
      /page size/,
    )
  }
  await broken(
    withHeader((header) => header.writeBigUInt64LE(7n, 16)),
    /not so many pages/,
  )
  await broken(
    withHeader((header) => header.writeBigUInt64LE(2n ** 64n - 1n, 24)),
    /not so many pages/,
  )
  await broken(
    withHeader((header) => header.writeBigUInt64LE(2n ** 63n, 32)),
    /more than its target/,
  )
  await broken(
    withHeader((header) => header.writeUInt8(0, 40)),
    /its base is 00/,
  )
  await broken(
    withHeader((header) => header.writeUInt8(0, 72)),
    /its target is 00/,
  )
  const more = BigInt(base.length + PAGE)
  await broken(
    withHeader((header) => header.writeBigUInt64LE(more, 16)),
    /its base has 3072 bytes/,
  )
  await broken(
    withHeader((header) => header.writeBigUInt64LE(more + 512n, 24)),
    /its target has/,
  )
})

test('records are refused that take or bring what is not there', async () => {
  const pages = (count: number): Buffer => Buffer.alloc(count * PAGE)
  await broken(await withRecords([0, 6, 0]), /base does not have/)
  await broken(await withRecords([1, 5, 0]), /base does not have/)
  await broken(await withRecords([0, 3, 0], [2, 1, 2], pages(2)), /base does not have/)
  await broken(await withRecords([0xffff_ffff, 0xffff_ffff, 0xffff_ffff]), /more pages/)
  await broken(await withRecords([0, 5, 2], pages(2)), /more pages/)
  await broken(await withRecords([0, 0, 0]), /brings no page/)
  await broken(await withRecords([0, 5, 0]), /ends before/)
  await broken(await withRecords([0, 0, 6], pages(5)), /ends before/)
  await broken(await withRecords([0, 5, 1], pages(2)), /behind its last page/)
  await broken(await withRecords(...Array.from({ length: 100 }, () => [0, 0, 0])), /no page/)
})

test('what is left out before new pages counts', async () => {
  const pages = target.subarray(0, 4 * PAGE)
  const made = await make(await withRecords([2, 0, 4], pages, [1, 2, 0]))
  assert.ok(made.equals(Buffer.concat([pages, base.subarray(3 * PAGE)])))
})

test('a base that is shorter than it should be is told', async () => {
  await broken(delta, /its base is shorter/, base.subarray(0, 3 * PAGE))
})

test('records that decompress to more than they say are not decompressed', async () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024), {
    params: { [constants.ZSTD_c_contentSizeFlag]: 0 },
  })
  await broken(Buffer.concat([delta.subarray(0, 104), bomb]), /./)
})

test('neither source is read further than the target needs, and both are closed', async () => {
  const open = new Set<string>()
  let read = 0
  async function* watched(name: string, bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    open.add(name)
    try {
      for await (const chunk of chunksOf(bytes, PAGE)) {
        if (name === 'base') read += 1
        yield chunk
      }
    } finally {
      open.delete(name)
    }
  }
  const two = pagesOf([1, 2])
  const wanted = { base: expected.base, target: named(two) }
  const short = await inFolder(async (folder) => (await deltaOf(folder, base, two)).delta)
  await collect(applyDelta(watched('base', base), watched('delta', short), wanted))
  assert.ok(read <= 3)
  assert.is(open.size, 0)
  const stopped = applyDelta(watched('base', base), watched('delta', delta), expected)
  for await (const chunk of stopped) {
    if (chunk.equals(base.subarray(2 * PAGE, 3 * PAGE))) break
  }
  assert.is(open.size, 0)
  const refused = applyDelta(watched('base', base), watched('delta', base), expected)
  assert.instance(await refused.next().catch((error: unknown) => error), BrokenForm)
  assert.is(open.size, 0)
})

test.run()
