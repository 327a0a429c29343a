import { promisify } from 'node:util'
import { constants, zstdCompress, type ZstdOptions } from 'node:zlib'
import { FRAME_BYTES } from './format.ts'
import { mapInOrder } from './in-order.ts'
import { writeSeekTable } from './seek-table.ts'

const compress: (content: Buffer, options: ZstdOptions) => Promise<Buffer> = promisify(zstdCompress)

/** What most frames of databases fit into, so that memory is asked for once. */
const OUTPUT_BYTES = FRAME_BYTES / 4

export interface CompressOptions {
  /** 1 to 19, as of the program `zstd`. */
  readonly level: number
  readonly signal?: AbortSignal | undefined
}

/**
 * The `.zst` of content: the same bytes each time, with the same version of zstd. Frames are
 * compressed in Node's thread pool, a few at the same time, and memory is bounded by these.
 *
 * @param chunks each is valid until the next one is asked for
 * @throws what reading throws; the signal's reason when aborted
 */
export async function* compressZst(
  chunks: AsyncIterable<Buffer>,
  { level, signal }: CompressOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const free: Buffer[] = []
  const sizes: number[] = []
  let bytes = 0
  const frames = mapInOrder(gather(chunks, free), async (content) => {
    bytes += content.length
    const frame = await compressFrame(content, level)
    free.push(content)
    return frame
  })
  for await (const frame of frames) {
    signal?.throwIfAborted()
    sizes.push(frame.length)
    yield frame
  }
  yield writeSeekTable(sizes, bytes)
}

/** One frame of at most `FRAME_BYTES` of content, its size in its header, with a checksum for `zstd -d`. */
export async function compressFrame(content: Buffer, level: number): Promise<Buffer> {
  return compress(content, {
    chunkSize: OUTPUT_BYTES,
    pledgedSrcSize: content.length,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  })
}

/**
 * The content in pieces of `FRAME_BYTES`, the last of what remains, each in a buffer of its own.
 *
 * @param free buffers that nobody uses any more, taken first
 */
async function* gather(
  chunks: AsyncIterable<Buffer>,
  free: Buffer[],
): AsyncGenerator<Buffer, void, undefined> {
  let piece: Buffer | undefined
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      piece ??= free.pop() ?? Buffer.allocUnsafeSlow(FRAME_BYTES)
      const copied = chunk.copy(piece, filled, at)
      at += copied
      filled += copied
      if (filled < FRAME_BYTES) continue
      yield piece
      piece = undefined
      filled = 0
    }
  }
  if (piece !== undefined) yield piece.subarray(0, filled)
}
