import { DmError } from '../errors/dm-error.ts'
import { fileError, type LocalFile } from '../files/file-identity.ts'

/** What the first 100 bytes of a database say: https://www.sqlite.org/fileformat2.html#the_database_header */
export interface DatabaseHeader {
  /** Size of the file in bytes: page size × page count. */
  readonly bytes: number
  /** Bytes; a power of two from 512 to 65536. */
  readonly pageSize: number
  readonly pageCount: number
  /** Bytes at the end of each page that SQLite leaves alone. */
  readonly reservedBytes: number
  readonly encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be'
  /** Whether it was last written in WAL mode. */
  readonly wal: boolean
  readonly userVersion: number
  readonly applicationId: number
}

/** https://www.sqlite.org/fileformat2.html#the_database_header */
export const HEADER_BYTES = 100
const MAGIC = Buffer.from('SQLite format 3\0')
const encodings = ['UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'] as const

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

/**
 * Reads a database's header and checks that the file is as long as the header says. `sqlite3` does
 * not: it takes an empty file, and rubbish after the last page, for a database.
 *
 * @throws DM_DATABASE_EMPTY, DM_DATABASE_NOT_SQLITE, DM_DATABASE_HEADER, DM_DATABASE_TRUNCATED,
 *   DM_DATABASE_TRAILING, DM_FILE_UNREADABLE
 */
export async function verifyHeader(opened: LocalFile): Promise<DatabaseHeader> {
  return parseHeader(opened.path, opened.identity.size, await readStart(opened))
}

/**
 * As `verifyHeader`, of a file whose first bytes were read already.
 *
 * @param bytes the size of the file
 * @param start its first 100 bytes, or all where it has fewer
 */
export function parseHeader(file: string, bytes: number, start: Buffer): DatabaseHeader {
  if (bytes === 0) throw new DmError('DM_DATABASE_EMPTY', { file })
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DmError('DM_DATABASE_NOT_SQLITE', { file, found: recognizeFile(start) })
  }
  if (start.length < HEADER_BYTES) {
    const missing = HEADER_BYTES - start.length
    throw new DmError('DM_DATABASE_TRUNCATED', { file, missing, expected: HEADER_BYTES })
  }
  const problem = findProblem(start)
  if (problem !== undefined) throw new DmError('DM_DATABASE_HEADER', { file, problem })
  const pageSize = readPageSize(start)
  return {
    bytes,
    pageSize,
    pageCount: verifySize(file, bytes, pageSize, readPageCount(start)),
    reservedBytes: start.readUInt8(20),
    encoding: encodings[start.readUInt32BE(56)] ?? 'UTF-8',
    wal: start.readUInt8(19) === 2,
    userVersion: start.readInt32BE(60),
    applicationId: start.readInt32BE(68),
  }
}

/** The version of the SQLite that last wrote the file, `3.46.0`; null where the header names none. */
export async function readWriter(opened: LocalFile): Promise<string | null> {
  const start = await readStart(opened)
  const number = start.length < HEADER_BYTES ? 0 : start.readUInt32BE(96)
  if (number < 3_000_000 || number >= 4_000_000) return null
  return [number / 1_000_000, (number / 1000) % 1000, number % 1000].map(Math.floor).join('.')
}

async function readStart({ handle, path }: LocalFile): Promise<Buffer> {
  const { buffer, bytesRead } = await handle
    .read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    .catch((error: unknown) => {
      throw fileError(path, error)
    })
  return buffer.subarray(0, bytesRead)
}

function findProblem(header: Buffer): string | undefined {
  const pageSize = readPageSize(header)
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return `the page size is ${pageSize}`
  const [write = 0, read = 0] = header.subarray(18, 20)
  if (![1, 2].includes(write) || ![1, 2].includes(read)) {
    return `the file format versions are ${write} and ${read}`
  }
  if (pageSize - header.readUInt8(20) < 480) return 'the reserved space leaves no room for data'
  if (!header.subarray(21, 24).equals(Buffer.from([64, 32, 32])))
    return 'the payload fractions are wrong'
  const encoding = header.readUInt32BE(56)
  return encoding > 3 ? `the text encoding is ${encoding}` : undefined
}

function readPageSize(header: Buffer): number {
  const stored = header.readUInt16BE(16)
  return stored === 1 ? 65536 : stored
}

/** The number of pages, or undefined where the header's is not valid: old programs left it alone. */
function readPageCount(header: Buffer): number | undefined {
  const count = header.readUInt32BE(28)
  const valid = count > 0 && header.readUInt32BE(24) === header.readUInt32BE(92)
  return valid ? count : undefined
}

/** The number of pages in a file of that size. */
function verifySize(
  file: string,
  bytes: number,
  pageSize: number,
  pageCount: number | undefined,
): number {
  const expected = (pageCount ?? Math.ceil(bytes / pageSize)) * pageSize
  if (bytes < expected) {
    throw new DmError('DM_DATABASE_TRUNCATED', { file, missing: expected - bytes, expected })
  }
  if (bytes > expected) {
    throw new DmError('DM_DATABASE_TRAILING', { file, extra: bytes - expected, expected })
  }
  return expected / pageSize
}

/** What a file that is no SQLite database is instead, by its first bytes, in words. */
function recognizeFile(start: Buffer): string {
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
