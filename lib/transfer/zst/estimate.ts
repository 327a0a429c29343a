import { DmError } from '../../errors/dm-error.ts'
import { fileError, type LocalFile } from '../../files/file-identity.ts'
import { compressFrame, type CompressOptions } from './compress.ts'
import { FRAME_BYTES, frameCount } from './format.ts'
import { mapInOrder } from './in-order.ts'
import { seekTableBytes } from './seek-table.ts'

/** How many frames an estimate looks at. */
const SAMPLES = 32

/**
 * About how large the `.zst` of an open file will be, in bytes. Frames that are spread evenly over the
 * file stand for the others: the same file has the same estimate, and that of a small file is exact.
 *
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason when aborted
 */
export async function estimateCompressed(
  file: LocalFile,
  { level, signal }: CompressOptions,
): Promise<number> {
  const { size } = file.identity
  let compressed = 0
  let content = 0
  const frames = mapInOrder(sample(file, signal), async (piece) => {
    content += piece.length
    return compressFrame(piece, level)
  })
  for await (const frame of frames) compressed += frame.length
  return Math.ceil(compressed * (size / Math.max(content, 1))) + seekTableBytes(size)
}

async function* sample(
  { path, handle, identity }: LocalFile,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const count = frameCount(identity.size)
  const samples = Math.min(SAMPLES, count)
  for (let index = 0; index < samples; index++) {
    signal?.throwIfAborted()
    const start = Math.floor((index * count) / samples) * FRAME_BYTES
    const piece = Buffer.allocUnsafeSlow(Math.min(FRAME_BYTES, identity.size - start))
    const { bytesRead } = await handle.read(piece, 0, piece.length, start).catch((error) => {
      throw fileError(path, error)
    })
    if (bytesRead < piece.length) throw new DmError('DM_FILE_CHANGED', { file: path })
    yield piece
  }
}

/**
 * How large a `.zst` may be to spare enough, so that it is sent instead of the database, or kept beside it.
 *
 * @param bytes the size of the database
 */
export function mostWorthwhile(bytes: number): number {
  return Math.floor(0.9 * bytes)
}
