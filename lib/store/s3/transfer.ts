import { Readable } from 'node:stream'

const MIB = 1024 * 1024

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000

export interface Part {
  /** From 1. */
  readonly number: number
  /** Offset of the first byte. */
  readonly start: number
  /** Length in bytes. */
  readonly bytes: number
}

/**
 * Cuts an object into parts of one size but for the last, as R2 demands; larger ones than asked
 * for where there would be more than 10,000.
 *
 * @param total size of the object in bytes, at least 1
 * @param partBytes wanted size of a part
 */
export function planParts(total: number, partBytes: number): Part[] {
  const size = Math.max(partBytes, Math.ceil(total / MAX_PARTS / MIB) * MIB)
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => ({
    number: index + 1,
    start: index * size,
    bytes: Math.min(size, total - index * size),
  }))
}

/** Counts the bytes of a transfer whose parts run in parallel and may be sent again. */
export interface TransferProgress {
  /** Adds bytes; a negative number takes back those of a failed attempt. */
  add(bytes: number): void
}

/** Reports what is done of `total`; never less than what it reported before. */
export function createProgress(
  total: number,
  report: ((done: number, total: number) => void) | undefined,
): TransferProgress {
  let done = 0
  let reported = -1
  return {
    add(bytes) {
      done += bytes
      if (done <= reported) return
      reported = done
      report?.(done, total)
    },
  }
}

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
