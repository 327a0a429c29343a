import { Readable } from 'node:stream'
import type { TransferProgress } from './transfer-progress.ts'

/** How much goes to the socket at once, in bytes. */
const SLICE_BYTES = 256 * 1024

/**
 * A stream over bytes in memory that counts them as they go out. A stream, because the SDK would
 * hash a buffer once more before it sends it.
 */
export function streamBytes(bytes: Buffer, progress: TransferProgress): Readable {
  let offset = 0
  return new Readable({
    highWaterMark: SLICE_BYTES,
    read() {
      if (offset === bytes.length) {
        this.push(null)
        return
      }
      const slice = bytes.subarray(offset, offset + SLICE_BYTES)
      offset += slice.length
      progress.add(slice.length)
      this.push(slice)
    },
  })
}

/** Runs one attempt to send; what it counted is taken back where it fails. */
export async function countAttempt<Result>(
  progress: TransferProgress,
  send: (counting: TransferProgress) => Promise<Result>,
): Promise<Result> {
  let counted = 0
  let isOver = false
  const counting: TransferProgress = {
    add(bytes) {
      // A stream can be read a little further after its request has failed.
      if (isOver) return
      counted += bytes
      progress.add(bytes)
    },
  }
  try {
    return await send(counting)
  } catch (error) {
    progress.add(-counted)
    throw error
  } finally {
    isOver = true
  }
}
