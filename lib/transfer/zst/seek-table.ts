import { BrokenForm } from '../broken-form.ts'
import { frameCount, frameSizes, largestFrame, type ZstFrame } from './format.ts'

// zstd's seekable format, version 0.1.0, without checksums:
// https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md
const SKIPPABLE_MAGIC = 0x184d2a5e
const SEEKABLE_MAGIC = 0x8f92eab1
/** Magic number and size of a skippable frame. */
const HEADER_BYTES = 8
/** Compressed size and size of the content of a frame. */
const ROW_BYTES = 8
/** Number of frames, descriptor, magic number. */
const FOOTER_BYTES = 9

/** The size in bytes of the table at the end of a `.zst` of so much content. */
export function seekTableBytes(bytes: number): number {
  return HEADER_BYTES + ROW_BYTES * frameCount(bytes) + FOOTER_BYTES
}

/**
 * The table of a `.zst`.
 *
 * @param sizes the compressed size of each frame, in order
 * @param bytes the size of all content
 */
export function writeSeekTable(sizes: readonly number[], bytes: number): Buffer {
  const table = Buffer.alloc(seekTableBytes(bytes))
  let at = table.writeUInt32LE(SKIPPABLE_MAGIC, 0)
  at = table.writeUInt32LE(table.length - HEADER_BYTES, at)
  const contents = frameSizes(bytes)
  for (const compressed of sizes) {
    at = table.writeUInt32LE(compressed, at)
    at = table.writeUInt32LE(contents.next().value ?? 0, at)
  }
  at = table.writeUInt32LE(sizes.length, at)
  at = table.writeUInt8(0, at)
  table.writeUInt32LE(SEEKABLE_MAGIC, at)
  return table
}

/**
 * Where the frames of a `.zst` are, by the table at its end.
 *
 * @param tail the last `seekTableBytes(bytes)` bytes of the file, from whoever made it
 * @param file the size of the file, and that of its content
 * @throws BrokenForm where the table is not the one of such a file
 */
export function readSeekTable(
  tail: Buffer,
  { compressedBytes, bytes }: { compressedBytes: number; bytes: number },
): readonly ZstFrame[] {
  const count = frameCount(bytes)
  if (tail.length !== seekTableBytes(bytes)) {
    throw new BrokenForm(`it is too short for the table of ${count} frames`)
  }
  const footer = tail.length - FOOTER_BYTES
  const isTable =
    tail.readUInt32LE(0) === SKIPPABLE_MAGIC &&
    tail.readUInt32LE(4) === tail.length - HEADER_BYTES &&
    tail.readUInt32LE(footer) === count &&
    tail.readUInt8(footer + 4) === 0 &&
    tail.readUInt32LE(footer + 5) === SEEKABLE_MAGIC
  if (!isTable) throw new BrokenForm(`it does not end in the table of ${count} frames`)

  const frames: ZstFrame[] = []
  let start = 0
  for (const size of frameSizes(bytes)) {
    const row = HEADER_BYTES + ROW_BYTES * frames.length
    const compressed = tail.readUInt32LE(row)
    const isPossible = compressed > 0 && compressed <= largestFrame(size)
    if (!isPossible || tail.readUInt32LE(row + 4) !== size) {
      throw new BrokenForm(`its table is wrong for the frame ${frames.length + 1}`)
    }
    frames.push({ start, compressedBytes: compressed, bytes: size })
    start += compressed
  }
  if (start + tail.length !== compressedBytes) {
    throw new BrokenForm(
      `its table is of a file of ${start + tail.length} bytes, not ${compressedBytes}`,
    )
  }
  return frames
}
