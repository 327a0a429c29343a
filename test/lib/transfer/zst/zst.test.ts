import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { zstdDecompressSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFile } from '../../../../lib/files/file-identity.ts'
import { compressZst } from '../../../../lib/transfer/zst/compress.ts'
import { decompressFrames, decompressZst } from '../../../../lib/transfer/zst/decompress.ts'
import { estimateCompressed } from '../../../../lib/transfer/zst/estimate.ts'
import { FRAME_BYTES } from '../../../../lib/transfer/zst/format.ts'
import { readSeekTable, seekTableBytes } from '../../../../lib/transfer/zst/seek-table.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { collect } from '../delta/page-files.ts'

const test = suite('the form .zst')

const MIB = 1024 * 1024

/** Half of it random, half of it the same text again and again. */
function makeContent(bytes: number): Buffer {
  const text = Buffer.alloc(bytes, 'E_TECH_001|2030|0.123456|')
  for (let at = 0; at < bytes; at += 64 * 1024) randomBytes(32 * 1024).copy(text, at)
  return text
}

/** Chunks in one buffer that is written over before the next one, as `readChunks` may give them. */
async function* inChunks(content: Buffer, size: number): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(size)
  for (let at = 0; at < content.length; at += size) {
    chunk.fill(0xee)
    yield chunk.subarray(0, content.copy(chunk, 0, at))
  }
}

const compress = (content: Buffer, size = MIB, level = 3): Promise<Buffer> =>
  buffer(compressZst(inChunks(content, size), { level }))

const decompress = (file: Buffer, bytes: number, size = 100_000): Promise<Buffer> =>
  collect(decompressZst(inChunks(file, size), { bytes }))

/** What is wrong with a form, as whoever reads it is told; null: nothing. */
async function problemOf(reading: Promise<unknown>): Promise<string | null> {
  try {
    await reading
    return null
  } catch (error) {
    assert.is(error instanceof Error && error.name, 'BrokenForm', String(error))
    return (error as Error).message
  }
}

test('gives back what went in, whatever its size and the size of chunks', async () => {
  for (const bytes of [0, 1, MIB - 1, MIB, MIB + 1, 9.5 * MIB]) {
    const content = makeContent(bytes)
    const file = await compress(content)
    assert.ok((await compress(content, 70_001)).equals(file), 'the same bytes each time')
    for (const size of [MIB, 70_001]) {
      assert.ok((await decompress(file, bytes, size)).equals(content), `${bytes} in ${size}`)
    }
  }
})

test('is read by what knows nothing of this form', async () => {
  const content = makeContent(2.5 * MIB)
  const file = await compress(content, MIB, 1)
  assert.ok(file.length < 0.6 * content.length)
  const table = readSeekTable(file.subarray(-seekTableBytes(content.length)), {
    compressedBytes: file.length,
    bytes: content.length,
  })
  const frames = table.map(({ start, compressedBytes }) =>
    zstdDecompressSync(file.subarray(start, start + compressedBytes)),
  )
  assert.ok(Buffer.concat(frames).equals(content))
  assert.equal(
    table.map(({ bytes }) => bytes),
    [MIB, MIB, MIB / 2],
  )
})

test('frames are read from any of them on, held against the table', async () => {
  const content = makeContent(3.5 * MIB)
  const file = await compress(content)
  const bytes = content.length
  const tail = file.subarray(-seekTableBytes(bytes))
  const [, ...later] = readSeekTable(tail, { compressedBytes: file.length, bytes })
  const start = later[0]?.start ?? 0
  const range = file.subarray(start, file.length - tail.length)
  const read = (from: Buffer, frames = later): Promise<Buffer> =>
    collect(decompressFrames([from], frames))
  assert.ok((await read(range)).equals(content.subarray(FRAME_BYTES)))
  assert.is(await problemOf(read(range.subarray(0, -1))), 'it is cut short')
  assert.is(await problemOf(read(Buffer.concat([range, tail]))), 'something follows its frames')
  const lying = later.map(({ start: at, compressedBytes, bytes: size }) => ({
    start: at,
    compressedBytes: compressedBytes + 1,
    bytes: size,
  }))
  assert.is(await problemOf(read(range, lying)), 'its table is not that of its frames')
})

test('a table that is not the one of such a file is refused', async () => {
  const content = makeContent(2.5 * MIB)
  const file = await compress(content)
  const bytes = content.length
  const tail = file.subarray(-seekTableBytes(bytes))
  const read = (table: Buffer, compressedBytes = file.length, size = bytes): string => {
    try {
      return `${readSeekTable(table, { compressedBytes, bytes: size }).length} frames`
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.is(read(tail), '3 frames')
  for (let at = 0; at < tail.length; at++) {
    const flipped = Buffer.from(tail)
    flipped[at] = (flipped[at] ?? 0) ^ 1
    assert.is.not(read(flipped), '3 frames', `byte ${at}`)
  }
  assert.match(read(tail, file.length + 1), /is of a file of/)
  assert.match(read(tail.subarray(1)), /too short/)
  assert.match(read(tail, file.length, bytes + 1), /wrong for the frame 3/)
  assert.match(read(tail, file.length, bytes + MIB), /too short/)
  // Huge frames would be read into memory.
  const huge = Buffer.from(tail)
  huge.writeUInt32LE(2 ** 31, 8)
  assert.match(read(huge, 2 ** 31 + file.length), /wrong for the frame 1/)
})

test('any byte that is another, missing or too many, is found', async () => {
  const content = makeContent(300)
  const file = await compress(content)
  for (let at = 0; at < file.length; at++) {
    const flipped = Buffer.from(file)
    flipped[at] = (flipped[at] ?? 0) ^ 0x08
    assert.type(await problemOf(decompress(flipped, content.length)), 'string', `byte ${at}`)
    const cut = file.subarray(0, at)
    assert.is(await problemOf(decompress(cut, content.length)), 'it is cut short', `${at} bytes`)
  }
  const longer = Buffer.concat([file, Buffer.alloc(1)])
  assert.is(await problemOf(decompress(longer, content.length)), 'something follows its table')
  assert.type(await problemOf(decompress(file, content.length - 1)), 'string')
  assert.type(await problemOf(decompress(file, content.length + 1)), 'string')
})

/** A frame of zstd by hand: so many blocks of 128 KiB of zeros, of 4 bytes each. */
function makeFrame(says: number, blocks: number, { descriptor = 0xa0, window = '' } = {}): Buffer {
  const header = Buffer.from(`28b52ffd${descriptor.toString(16).padStart(2, '0')}${window}`, 'hex')
  const size = Buffer.alloc(4)
  size.writeUInt32LE(says)
  const block = (isLast: boolean): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUIntLE((128 * 1024 * 8) | 2 | (isLast ? 1 : 0), 0, 3)
    return head
  }
  const body = Array.from({ length: blocks }, (_, index) => block(index === blocks - 1))
  return Buffer.concat([header, size, ...body])
}

test('a bomb is refused before it is decompressed', async () => {
  const refuse = (frame: Buffer): Promise<string | null> => problemOf(decompress(frame, MIB))
  const says = /does not say that it has 1048576 bytes/
  assert.is(zstdDecompressSync(makeFrame(MIB, 8)).length, MIB)
  assert.is(await refuse(makeFrame(MIB, 8)), 'it is cut short')
  assert.match((await refuse(makeFrame(64 * MIB, 512))) ?? '', says)
  assert.match((await refuse(makeFrame(MIB, 512))) ?? '', /cannot be decompressed/)
  assert.match((await refuse(makeFrame(MIB, 7))) ?? '', /cannot be decompressed/)
  // No size, a window of 64 MiB, a dictionary.
  assert.match((await refuse(makeFrame(MIB, 8, { descriptor: 0, window: '80' }))) ?? '', says)
  const wide = makeFrame(MIB, 8, { descriptor: 0x80, window: '80' })
  assert.is(zstdDecompressSync(wide).length, MIB)
  assert.is(await refuse(wide), 'it is cut short', 'that large a window is not made')
  const dictionary = makeFrame(MIB, 8, { descriptor: 0xa1, window: '01' })
  assert.match((await refuse(dictionary)) ?? '', /dictionary/)
})

test('no more is read of an endless file than a few frames', async () => {
  const [frame, nothing] = [makeFrame(MIB, 8), Buffer.alloc(1e5)]
  // Frame after frame, no frame, and one frame of empty blocks without end.
  for (const [first, next] of [
    [frame, frame],
    [nothing, nothing],
    [frame.subarray(0, 9), nothing],
  ] as const) {
    const endless = async function* (): AsyncGenerator<Buffer> {
      yield first
      for (let given = 0; given < 3 * MIB; given += next.length) yield next
      throw new Error('too much was read')
    }
    assert.type(await problemOf(collect(decompressZst(endless(), { bytes: 2 * MIB }))), 'string')
  }
})

test('stops when it is aborted, and closes what it reads from', async () => {
  const content = makeContent(8 * MIB)
  let closed = 0
  const source = async function* (bytes: Buffer): AsyncGenerator<Buffer> {
    try {
      yield* inChunks(bytes, MIB)
    } finally {
      closed++
    }
  }
  const file = await compress(content)
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  const { signal } = stop
  for (const stream of [
    compressZst(source(content), { level: 3, signal }),
    decompressZst(source(file), { bytes: content.length, signal }),
  ]) {
    assert.is(await collect(stream).catch((error: Error) => error.message), 'stopped')
  }
  assert.is(closed, 2)
})

test('its size is estimated from some of the frames', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'a')
    const estimate = (content: Buffer): Promise<number> =>
      writeFile(file, content).then(() =>
        withFile(file, (opened) => estimateCompressed(opened, { level: 1 })),
      )
    const small = makeContent(3.5 * MIB)
    assert.is(await estimate(small), (await compress(small, MIB, 1)).length)
    const large = Buffer.concat([makeContent(20 * MIB), Buffer.alloc(20 * MIB)])
    const [first, exact] = [await estimate(large), (await compress(large, MIB, 1)).length]
    assert.ok(Math.abs(first / exact - 1) < 0.1, `${first} of ${exact}`)
    assert.is(await estimate(large), first)
    assert.is(await estimate(Buffer.alloc(0)), seekTableBytes(0))
  }))

test.run()
