/**
 * The form `.zst` of a database: zstd frames that do not depend on each other (RFC 8878), each of
 * `FRAME_BYTES` of content but the last one, each with the size of its content in its header, and at
 * the end the table of zstd's seekable format, a frame that decompressors skip. `zstd -d` reads it.
 */

/** Content of a frame, in bytes; the last one has what remains. */
export const FRAME_BYTES = 1024 * 1024

/** A frame as the seek table has it. */
export interface ZstFrame {
  /** Where it begins in the compressed file. */
  readonly start: number
  /** Its size there, in bytes. */
  readonly compressedBytes: number
  /** Size of its content, in bytes. */
  readonly bytes: number
}

/** How many frames hold that many bytes of content. */
export function frameCount(bytes: number): number {
  return Math.ceil(bytes / FRAME_BYTES)
}

/** The size of the content of each frame, of content of `bytes`, from that frame on. */
export function* frameSizes(bytes: number, first = 0): Generator<number, void, undefined> {
  for (let at = first * FRAME_BYTES; at < bytes; at += FRAME_BYTES) {
    yield Math.min(FRAME_BYTES, bytes - at)
  }
}

/** More than any compressor makes of so much content: ZSTD_compressBound, with header and checksum. */
export function largestFrame(bytes: number): number {
  return bytes + Math.ceil(bytes / 256) + 128
}
