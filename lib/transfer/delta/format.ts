import { BrokenForm } from '../broken-form.ts'

// docs/formats/delta.md describes all of this byte by byte; what is read by others never changes
// without another version.
const MAGIC = Buffer.from('DMDELTA\n')
const VERSION = 1
export const HEADER_BYTES = 104
/** Of the three numbers that each record begins with. */
export const RECORD_BYTES = 12

/** A database, as a delta names it. */
export interface Named {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  readonly bytes: number
}

/** What a delta says of itself before anything else. */
export interface DeltaHeader {
  readonly pageSize: number
  readonly base: Named
  readonly target: Named
  /** The size of all records, decompressed. */
  readonly recordBytes: number
}

/**
 * Where the pages of the target come from: three numbers a record. So many pages of the base are left
 * out, so many are taken from it, and so many new ones follow. What is taken from the base is thus in
 * the base's own order, whatever the numbers are.
 */
export type Records = Uint32Array

export function formatHeader({ pageSize, base, target, recordBytes }: DeltaHeader): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(header)
  header.writeUInt32LE(VERSION, 8)
  header.writeUInt32LE(pageSize, 12)
  header.writeBigUInt64LE(BigInt(base.bytes), 16)
  header.writeBigUInt64LE(BigInt(target.bytes), 24)
  header.writeBigUInt64LE(BigInt(recordBytes), 32)
  header.write(base.sha256, 40, 'hex')
  header.write(target.sha256, 72, 'hex')
  return header
}

/**
 * Reads the header of a delta, which may be anything: its first `HEADER_BYTES`.
 *
 * @throws BrokenForm
 */
export function parseHeader(start: Buffer): DeltaHeader {
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) throw new BrokenForm('it is no delta')
  const version = start.readUInt32LE(8)
  if (version !== VERSION) {
    throw new BrokenForm(
      `it is of version ${version} of the format, of which only ${VERSION} is known`,
    )
  }
  const pageSize = start.readUInt32LE(12)
  const isPower = pageSize >= 512 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0
  if (!isPower) throw new BrokenForm(`its page size is ${pageSize}`)
  const size = (at: number): number => Number(start.readBigUInt64LE(at))
  const header = {
    pageSize,
    base: { sha256: start.toString('hex', 40, 72), bytes: size(16) },
    target: { sha256: start.toString('hex', 72, 104), bytes: size(24) },
    recordBytes: size(32),
  }
  for (const { bytes } of [header.base, header.target]) {
    if (bytes % pageSize !== 0 || bytes / pageSize > 0xffff_ffff) {
      throw new BrokenForm(`${bytes} bytes are not so many pages of ${pageSize} bytes`)
    }
  }
  // Every record brings a page at least.
  const most = header.target.bytes + RECORD_BYTES * (header.target.bytes / pageSize)
  if (header.recordBytes > most) {
    throw new BrokenForm(`${header.recordBytes} bytes of records are more than its target can need`)
  }
  return header
}
