import { promisify } from 'node:util'
import { zstdDecompress, type ZstdOptions } from 'node:zlib'
import { freeBuffer } from '../../files/free-buffer.ts'
import { BrokenForm } from '../broken-form.ts'
import { FRAME_BYTES, frameSizes, largestFrame, type ZstFrame } from './format.ts'
import { mapInOrder } from './in-order.ts'
import { PieceReader } from './piece-reader.ts'
import { readFrame } from './read-frame.ts'
import { writeSeekTable } from './seek-table.ts'

const decompress: (frame: Buffer, options: ZstdOptions) => Promise<Buffer> =
  promisify(zstdDecompress)

/** More than the content of a frame: zstd writes into it at once, and needs no window of its own. */
const OUTPUT_BYTES = FRAME_BYTES + 64

export interface DecompressOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The content of a whole `.zst`, from whoever made it. A frame is looked at before it is decompressed:
 * nothing makes this give more than `bytes`, or hold more than a few frames. What was given before a
 * failure may be wrong: it is to be hashed. A chunk is valid until the next one is asked for.
 *
 * @param chunks the file; each is valid until the next one is asked for
 * @param options `bytes`: the size of the content, which it has to have
 * @throws BrokenForm where it is anything but the `.zst` of so much content, its table included; what
 *   reading throws; the signal's reason when aborted
 */
export async function* decompressZst(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  { bytes, signal }: DecompressOptions & { readonly bytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  const reader = new PieceReader(chunks)
  try {
    const sizes: number[] = []
    const frames = readFrames(reader, frameSizes(bytes), (compressed) => sizes.push(compressed))
    yield* decompressEach(frames, signal)
    const table = writeSeekTable(sizes, bytes)
    const found = Buffer.allocUnsafe(table.length)
    const isWhole = await reader.fill(found, 0, table.length)
    if (!isWhole) throw new BrokenForm('it is cut short')
    if (!found.equals(table)) throw new BrokenForm('its table is not that of its frames')
    if (!(await reader.isAtEnd())) throw new BrokenForm('something follows its table')
  } finally {
    await reader.close()
  }
}

/**
 * The content of some frames that follow each other, as ranges of a `.zst` give them. A chunk is valid
 * until the next one is asked for.
 *
 * @param chunks the bytes of these frames; each is valid until the next one is asked for
 * @param frames what the table says of them
 * @throws as `decompressZst`
 */
export async function* decompressFrames(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  frames: readonly ZstFrame[],
  { signal }: DecompressOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const reader = new PieceReader(chunks)
  try {
    const said = frames.values()
    const sizes = frames.map(({ bytes }) => bytes)
    const read = readFrames(reader, sizes, (compressed) => {
      if (said.next().value?.compressedBytes === compressed) return
      throw new BrokenForm('its table is not that of its frames')
    })
    yield* decompressEach(read, signal)
    if (!(await reader.isAtEnd())) throw new BrokenForm('something follows its frames')
  } finally {
    await reader.close()
  }
}

/** @param onFrame called with the compressed size of each */
async function* readFrames(
  reader: PieceReader,
  sizes: Iterable<number>,
  onFrame: (compressedBytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const into = Buffer.allocUnsafeSlow(largestFrame(FRAME_BYTES))
  for (const bytes of sizes) {
    const frame = await readFrame(reader, bytes, into)
    onFrame(frame.length)
    yield frame
  }
}

async function* decompressEach(
  frames: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const content of mapInOrder(frames, decompressFrame)) {
    signal?.throwIfAborted()
    yield content
    freeBuffer(content, OUTPUT_BYTES)
  }
}

/** zstd itself refuses a frame of more or less content than its header says. */
async function decompressFrame(frame: Buffer): Promise<Buffer> {
  try {
    return await decompress(frame, { chunkSize: OUTPUT_BYTES })
  } catch (error) {
    throw new BrokenForm('a frame cannot be decompressed', { cause: error })
  } finally {
    freeBuffer(frame, frame.length)
  }
}
