import { Doubt } from './doubt.ts'
import {
  cellsAt,
  headerAt,
  readRowid,
  type Rowid,
  SPILLS,
  TABLE_LEAF,
  varintEnd,
} from './inspect-page.ts'
import type { LeafList } from './leaf-list.ts'
import type { PageFile } from './page-file.ts'

/** One of the two files, and the leaves of a table in it. */
export interface TableLeaves {
  readonly file: PageFile
  readonly flags: Uint8Array
  readonly leaves: LeafList
}

export interface Leaf {
  /** Which one of the table it is. */
  readonly index: number
  /** The smallest and the largest rowid on it. */
  readonly first: Rowid
  readonly last: Rowid
  /** Whether rows of it go on in overflow pages. */
  readonly spills: boolean
  /** Valid until the next page of the same file is read. */
  readonly bytes: Buffer
}

/**
 * Reads which rows are on a leaf; null: none is. They have to be in order, and where the interior pages
 * lead to who looks for them: else a query for a range would not find them.
 *
 * @throws Doubt
 */
export function readLeaf({ file, flags, leaves }: TableLeaves, index: number): Leaf | null {
  const page = leaves.page(index)
  const bytes = file.page(page)
  const header = headerAt(page)
  const cells = bytes.getUint16(header + 3)
  const pointers = cellsAt(TABLE_LEAF, header)
  let first: Rowid | undefined
  let last: Rowid | undefined
  for (let pointer = pointers; pointer < pointers + 2 * cells; pointer += 2) {
    const at = varintEnd(bytes, bytes.getUint16(pointer))
    if (varintEnd(bytes, at) > bytes.byteLength) throw new Doubt(file, `page ${page} is damaged`)
    const rowid = readRowid(bytes, at)
    if (last !== undefined && rowid <= last) throw outOfOrder(file, page)
    first ??= rowid
    last = rowid
  }
  if (first === undefined || last === undefined) return null
  if (!leaves.admits(index, first, last)) throw outOfOrder(file, page)
  const spills = ((flags[page] ?? 0) & SPILLS) !== 0
  return { index, first, last, spills, bytes: Buffer.from(bytes.buffer, 0, bytes.byteLength) }
}

export function outOfOrder(file: PageFile, page: number): Doubt {
  return new Doubt(file, `the rowids of page ${page} are out of order`)
}
