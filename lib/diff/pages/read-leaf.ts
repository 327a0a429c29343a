import { Doubt, outOfOrder } from './doubt.ts'
import {
  cellsAt,
  headerAt,
  readRowid,
  type Rowid,
  SPILLS,
  TABLE_LEAF,
  varintEnd,
} from './inspect-page.ts'
import type { KnownFile, Place } from './walk-tree.ts'

/** A leaf of a table that has rows. */
export interface Leaf {
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
export function readLeaf({ file, flags }: KnownFile, place: Place): Leaf | null {
  const { page, above, most } = place
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
  if ((above !== null && first <= above) || (most !== null && last > most)) {
    throw outOfOrder(file, page)
  }
  const spills = ((flags[page] ?? 0) & SPILLS) !== 0
  return { first, last, spills, bytes: Buffer.from(bytes.buffer, 0, bytes.byteLength) }
}
