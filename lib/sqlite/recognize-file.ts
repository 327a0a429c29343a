const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['gzip data', [0x1f, 0x8b]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['xz data', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd data', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2 data', [0x42, 0x5a, 0x68]],
  ['a SQLite write-ahead log', [0x37, 0x7f, 0x06]],
  ['a SQLite rollback journal', [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]],
]

const sqlStart = /^\s*(?:--|PRAGMA\b|BEGIN\b|CREATE\b|INSERT\b)/i

/** What a file that is no SQLite database is instead, by its first bytes, in words. */
export function recognizeFile(start: Buffer): string {
  const signature = signatures.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte))
  if (signature !== undefined) return signature[0]
  const text = start.toString('latin1')
  if (text.startsWith('version https://git-lfs.github.com/spec/')) return 'a Git LFS pointer'
  if (sqlStart.test(text)) return 'an SQL dump'
  return isText(start) ? 'text' : 'other binary data, or an encrypted database'
}

/** UTF-8 without control characters; the last character may be cut. */
function isText(start: Buffer): boolean {
  if (start.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte))) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true })
    return true
  } catch {
    return false
  }
}
