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
  readSize,
  SAME,
  SPILL_DIFFERS,
  SPILLS,
  TABLE_INTERIOR,
  TABLE_LEAF,
  varintEnd,
} from './inspect-page.ts'
import type { PageFile } from './page-file.ts'
import { PageList } from './page-list.ts'
import type { Claim } from './walk-file.ts'

export interface Walk {
  readonly file: PageFile
  readonly flags: Uint8Array
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
export function walkTree(walk: Walk, root: number): PageList | null {
  const { file, flags, claim } = walk
  const leaves = new PageList()
  const pending = [root]
  let family: readonly number[] | undefined
  for (let page = pending.pop(); page !== undefined; page = pending.pop()) {
    claim(page)
    const flagged = flags[page] ?? 0
    const kind = flagged & KIND
    family ??= kind === TABLE_LEAF || kind === TABLE_INTERIOR ? tablePages : indexPages
    if (!family.includes(kind) || (flagged & DAMAGED) !== 0) {
      throw new Doubt(file, `page ${page} is no page of a table or index, or is damaged`)
    }
    if (kind === TABLE_INTERIOR || kind === INDEX_INTERIOR) {
      pushChildren(pending, file, page, kind)
    }
    if ((flagged & SPILLS) !== 0 && claimSpill(walk, page, kind)) {
      flags[page] = (flags[page] ?? 0) | SPILL_DIFFERS
    }
    if (kind === TABLE_LEAF) leaves.push(page)
  }
  return family === tablePages ? leaves : null
}

const tablePages = [TABLE_LEAF, TABLE_INTERIOR]
const indexPages = [INDEX_LEAF, INDEX_INTERIOR]

/** The last child first, so that the first is taken next. */
function pushChildren(pending: number[], file: PageFile, page: number, kind: number): void {
  const bytes = file.page(page)
  const header = headerAt(page)
  const cells = bytes.getUint16(header + 3)
  const first = cellsAt(kind, header)
  pending.push(bytes.getUint32(header + 8))
  for (let index = cells - 1; index >= 0; index -= 1) {
    const cell = bytes.getUint16(first + 2 * index)
    if (cell > bytes.byteLength - 4) throw new Doubt(file, `page ${page} is damaged`)
    pending.push(bytes.getUint32(cell))
  }
}

/** Claims the overflow pages of all cells of a page; whether the other file has others. */
function claimSpill({ file, flags, claim }: Walk, page: number, kind: number): boolean {
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
      next = file.uint32(next)
    }
  }
  return differs
}
