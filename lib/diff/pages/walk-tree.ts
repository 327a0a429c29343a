import { Doubt, outOfOrder } from './doubt.ts'
import {
  cellsAt,
  DAMAGED,
  headerAt,
  INDEX_INTERIOR,
  INDEX_LEAF,
  KIND,
  largestLocal,
  localBytes,
  readRowid,
  readSize,
  SAME,
  SPILL_DIFFERS,
  SPILLS,
  TABLE_INTERIOR,
  TABLE_LEAF,
  type Rowid,
  varintEnd,
} from './inspect-page.ts'
import type { PageFile } from './page-file.ts'
import type { PointerMap } from './pointer-map.ts'
import type { Claim } from './walk-file.ts'

/** A file, and what is known of each of its pages. */
export interface KnownFile {
  readonly file: PageFile
  readonly flags: Uint8Array
}

/** A page of a b-tree. By the pages above it, it holds rowids above `above`, up to `most`; null: no limit. */
export interface Place {
  readonly page: number
  readonly above: Rowid | null
  readonly most: Rowid | null
}

export interface Walk extends KnownFile {
  readonly map: PointerMap
  readonly claim: Claim
}

/** SQLite allows no larger payload. */
const LARGEST_PAYLOAD = 0x7fff_ffff

const tablePages = [TABLE_LEAF, TABLE_INTERIOR]
const indexPages = [INDEX_LEAF, INDEX_INTERIOR]

/**
 * Walks one b-tree, of a table or of an index, and claims its pages. Only interior pages are read, and
 * those that lead to overflow pages.
 *
 * @returns whether it is that of a table with rowids
 * @throws Doubt
 */
export function claimTree(walk: Walk, root: number): boolean {
  const { file, flags, claim } = walk
  const isTable = tablePages.includes((flags[root] ?? 0) & KIND)
  const family = isTable ? tablePages : indexPages
  for (const { page } of pagesOf(walk, root)) {
    claim(page)
    const flagged = flags[page] ?? 0
    const kind = flagged & KIND
    if (!family.includes(kind) || (flagged & DAMAGED) !== 0) {
      throw new Doubt(file, `page ${page} is no page of a table or index, or is damaged`)
    }
    if ((flagged & SPILLS) !== 0 && claimSpill(walk, page, kind)) {
      flags[page] = (flags[page] ?? 0) | SPILL_DIFFERS
    }
  }
  return isTable
}

/** The leaves of a table that was claimed, in the order of their rowids. */
export function* leavesOf(known: KnownFile, root: number): Generator<Place, void, undefined> {
  for (const place of pagesOf(known, root)) {
    if (((known.flags[place.page] ?? 0) & KIND) === TABLE_LEAF) yield place
  }
}

/** Each page before those below it. A page is read only once the caller has seen its number. */
function* pagesOf({ file, flags }: KnownFile, root: number): Generator<Place, void, undefined> {
  const pending: Place[] = [{ page: root, above: null, most: null }]
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    yield place
    const kind = (flags[place.page] ?? 0) & KIND
    if (kind === TABLE_INTERIOR || kind === INDEX_INTERIOR) {
      pending.push(...childrenOf(file, place, kind).toReversed())
    }
  }
}

function childrenOf(file: PageFile, parent: Place, kind: number): Place[] {
  const { page, most } = parent
  const bytes = file.page(page)
  const header = headerAt(page)
  const cells = bytes.getUint16(header + 3)
  const first = cellsAt(kind, header)
  const children: Place[] = []
  let { above } = parent
  for (let index = 0; index < cells; index += 1) {
    const cell = bytes.getUint16(first + 2 * index)
    if (varintEnd(bytes, cell + 4) > bytes.byteLength) {
      throw new Doubt(file, `page ${page} is damaged`)
    }
    const child = bytes.getUint32(cell)
    if (kind === TABLE_INTERIOR) {
      const separator = readRowid(bytes, cell + 4)
      if (above !== null && separator <= above) throw outOfOrder(file, page)
      children.push({ page: child, above, most: separator })
      above = separator
    } else children.push({ page: child, above: null, most: null })
  }
  if (above !== null && most !== null && above >= most) throw outOfOrder(file, page)
  children.push({ page: bytes.getUint32(header + 8), above, most })
  return children
}

/** Claims the overflow pages of all cells of a page; whether the other file has others. */
function claimSpill({ file, flags, map, claim }: Walk, page: number, kind: number): boolean {
  const bytes = file.page(page)
  const { usable } = file
  const header = headerAt(page)
  const cells = bytes.getUint16(header + 3)
  const first = cellsAt(kind, header)
  let differs = false
  for (let index = 0; index < cells; index += 1) {
    const size = bytes.getUint16(first + 2 * index) + (kind === INDEX_INTERIOR ? 4 : 0)
    const payload = readSize(bytes, size)
    if (payload <= largestLocal(kind, usable)) continue
    if (payload > LARGEST_PAYLOAD) throw new Doubt(file, `page ${page} is damaged`)
    const afterSize = varintEnd(bytes, size)
    const content = kind === TABLE_LEAF ? varintEnd(bytes, afterSize) : afterSize
    const local = localBytes(payload, kind, usable)
    if (content + local + 4 > usable) throw new Doubt(file, `page ${page} is damaged`)
    let next = bytes.getUint32(content + local)
    for (let left = payload - local; left > 0; left -= usable - 4) {
      claim(next)
      if (((flags[next] ?? 0) & SAME) === 0) differs = true
      const after = file.uint32(next)
      if (left > usable - 4) map.verifyNext(next, after)
      next = after
    }
  }
  return differs
}
