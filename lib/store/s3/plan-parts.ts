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
