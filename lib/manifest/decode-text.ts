import { isUtf8 } from 'node:buffer'

/** The largest manifest that is read, in bytes: far above any real one. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024

/**
 * The text of a manifest's bytes, or why they are none.
 *
 * Invalid UTF-8 is refused: it could not be written back as it was.
 */
export function decodeText(
  input: Uint8Array | string,
): { readonly text: string } | { readonly reason: string } {
  const bytes = Buffer.byteLength(input)
  if (bytes > MAX_MANIFEST_BYTES) {
    return { reason: `must not be larger than ${MAX_MANIFEST_BYTES} bytes, but has ${bytes}` }
  }
  if (typeof input !== 'string' && !isUtf8(input)) return { reason: 'must be UTF-8 text' }
  const text = typeof input === 'string' ? input : textOf(input)
  if (text.startsWith('\uFEFF')) {
    return { reason: 'must not begin with a byte order mark: save it as UTF-8 without BOM' }
  }
  if (text.trim() === '') return { reason: `must not be empty: a new manifest is '[]'` }
  return { text }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString()
}
