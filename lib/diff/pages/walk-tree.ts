import { Doubt } from './doubt.ts'
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
import { LeafList } from './leaf-list.ts'
import type { PointerMap } from './pointer-map.ts'
import type { Claim } from './walk-file.ts'

export interface Walk {
  readonly file: PageFile
  readonly flags: Uint8Array
  readonly map: PointerMap
  readonly claim: Claim
}

/** SQLite allows no larger payload. */
const LARGEST_PAYLOAD = 0x7fff_ffff

/**
 * Walks one b-tree, of a table or of an index, and claims its pages. Only interior pages are read, and
 * those that lead to overflow pages.
 *
 * @returns the leaves of a table, in the order of their rowids; null: it is an index
 * @throws Doubt
 */
export function walkTree(walk: Walk, root: number): LeafList | null {
  const { file, flags, claim } = walk
  const leaves = new LeafList()
  const pending: Child[] = [{ page: root, bound: null }]
  let family: readonly number[] | undefined
  for (let child = pending.pop(); child !== undefined; child = pending.pop()) {
    const { page, bound } = child
    claim(page)
    const flagged = flags[page] ?? 0
    const kind = flagged & KIND
    family ??= kind === TABLE_LEAF || kind === TABLE_INTERIOR ? tablePages : indexPages
    if (!family.includes(kind) || (flagged & DAMAGED) !== 0) {
      throw new Doubt(file, `page ${page} is no page of a table or index, or is damaged`)
    }
    if (kind === TABLE_INTERIOR || kind === INDEX_INTERIOR) pushChildren(pending, file, child, kind)
    if ((flagged & SPILLS) !== 0 && claimSpill(walk, page, kind)) {
      flags[page] = (flags[page] ?? 0) | SPILL_DIFFERS
    }
    if (kind === TABLE_LEAF && !leaves.push(page, bound)) {
      throw new Doubt(file, `the rowids before page ${page} are out of order`)
    }
  }
  return family === tablePages ? leaves : null
}

const tablePages = [TABLE_LEAF, TABLE_INTERIOR]
const indexPages = [INDEX_LEAF, INDEX_INTERIOR]

interface Child {
  readonly page: number
  /** The largest rowid that may be below it; null: there is no limit. */
  readonly bound: Rowid | null
}

/** The last child first, so that the first is taken next. */
function pushChildren(pending: Child[], file: PageFile, parent: Child, kind: number): void {
  const { page, bound } = parent
  const bytes = file.page(page)
  const header = headerAt(page)
  const cells = bytes.getUint16(header + 3)
  const first = cellsAt(kind, header)
  pending.push({ page: bytes.getUint32(header + 8), bound })
  for (let index = cells - 1; index >= 0; index -= 1) {
    const cell = bytes.getUint16(first + 2 * index)
    if (varintEnd(bytes, cell + 4) > bytes.byteLength) {
      throw new Doubt(file, `page ${page} is damaged`)
    }
    const child = bytes.getUint32(cell)
    pending.push({
      page: child,
      bound: kind === TABLE_INTERIOR ? readRowid(bytes, cell + 4) : null,
    })
  }
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
