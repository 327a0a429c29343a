// One byte is kept of each page of each file. Its low bits: what kind of b-tree page this is, if it
// is one. That its first byte says so makes no page part of a b-tree; only a walk can.
export const KIND = 7
export const OTHER = 0
export const TABLE_LEAF = 1
export const TABLE_INTERIOR = 2
export const INDEX_LEAF = 3
export const INDEX_INTERIOR = 4
/** A row or entry on it goes on in overflow pages. */
export const SPILLS = 8
/** Its cells are not where cells can be. */
export const DAMAGED = 16
/** The other file has the same bytes at this number. */
export const SAME = 32
/** Something of this file uses it. */
export const USED = 64
/** One of the overflow pages that it leads to is not the same in the other file. */
export const SPILL_DIFFERS = 128

/** By the first byte of a page. */
const kinds = new Uint8Array(256)
kinds[0x0d] = TABLE_LEAF
kinds[0x05] = TABLE_INTERIOR
kinds[0x0a] = INDEX_LEAF
kinds[0x02] = INDEX_INTERIOR

/** Page 1 begins with the header of the file. */
export function headerAt(page: number): number {
  return page === 1 ? 100 : 0
}

export function cellsAt(kind: number, header: number): number {
  return header + (kind === TABLE_INTERIOR || kind === INDEX_INTERIOR ? 12 : 8)
}

/** The largest payload that needs no overflow page: https://www.sqlite.org/fileformat2.html#b_tree_pages */
export function largestLocal(kind: number, usable: number): number {
  return kind === TABLE_LEAF ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
}

/** How much of a payload that needs overflow pages is on the b-tree page itself. */
export function localBytes(payload: number, kind: number, usable: number): number {
  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const fitting = least + ((payload - least) % (usable - 4))
  return fitting <= largestLocal(kind, usable) ? fitting : least
}

/**
 * Kind, `SPILLS` and `DAMAGED` of a page among bytes that were read. This runs for every page of a
 * file: of a cell it looks at the size of its payload, which for most is one byte.
 *
 * @param start where the page begins in `bytes`
 */
export function inspectPage(bytes: DataView, start: number, page: number, usable: number): number {
  const header = headerAt(page)
  const kind = kinds[bytes.getUint8(start + header)] ?? OTHER
  if (kind === OTHER) return OTHER
  const cells = bytes.getUint16(start + header + 3)
  const first = cellsAt(kind, header)
  const content = first + 2 * cells
  if (content > usable) return kind | DAMAGED
  if (kind === TABLE_INTERIOR) return kind
  // Behind the child's number, on interior pages.
  const skip = kind === INDEX_INTERIOR ? 4 : 0
  const most = largestLocal(kind, usable)
  const mostInOneByte = Math.min(most, 0x7f)
  let flags = kind
  for (let pointer = start + first; pointer < start + content; pointer += 2) {
    const cell = bytes.getUint16(pointer)
    if (cell + skip >= usable) return kind | DAMAGED
    const size = bytes.getUint8(start + cell + skip)
    if (size <= mostInOneByte || (flags & SPILLS) !== 0) continue
    const end = start + usable
    if (varintEnd(bytes, start + cell + skip) > end) return kind | DAMAGED
    if (readSize(bytes, start + cell + skip) > most) flags |= SPILLS
  }
  return flags
}

/** Where the variable-length number that begins there ends; at most nine bytes on. */
export function varintEnd(bytes: DataView, at: number): number {
  const last = Math.min(at + 8, bytes.byteLength)
  let end = at
  while (end < last && bytes.getUint8(end) >= 0x80) end += 1
  return end + 1
}

/** A variable-length number that is a size; exact where it can be one. */
export function readSize(bytes: DataView, at: number): number {
  let size = 0
  const end = varintEnd(bytes, at)
  for (let byte = at; byte < end; byte += 1) size = size * 128 + (bytes.getUint8(byte) & 0x7f)
  return size
}

/** A number where it is exact, which it is for all but the largest; `<` compares both kinds rightly. */
export type Rowid = number | bigint

/** A variable-length number that is a rowid: signed, 64 bits. */
export function readRowid(bytes: DataView, at: number): Rowid {
  let value = 0
  for (let byte = at; byte < at + 7; byte += 1) {
    const next = bytes.getUint8(byte)
    value = value * 128 + (next & 0x7f)
    if (next < 0x80) return value
  }
  const eighth = bytes.getUint8(at + 7)
  const high = (BigInt(value) << 7n) | BigInt(eighth & 0x7f)
  if (eighth < 0x80) return high
  return BigInt.asIntN(64, (high << 8n) | BigInt(bytes.getUint8(at + 8)))
}
