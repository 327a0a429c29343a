import { Doubt } from './doubt.ts'
import {
  cellsAt,
  headerAt,
  readRowid,
  type Rowid,
  SAME,
  SPILL_DIFFERS,
  SPILLS,
  TABLE_LEAF,
  varintEnd,
} from './inspect-page.ts'
import type { PageFile } from './page-file.ts'
import { PageList } from './page-list.ts'
import { LeafSpans, type RowidRange, uniteSpans } from './rowid-ranges.ts'

/** One of the two files, and the leaves of a table in it. */
export interface TableLeaves {
  readonly file: PageFile
  readonly flags: Uint8Array
  readonly leaves: PageList
}

/** A table of at most so many leaves is never compared whole because most of it differs. */
const ALWAYS_RANGES = 512

/**
 * The rowids of a table that may hold different rows; null where that is more than half of it, so
 * that looking for the rest costs more than it saves.
 */
export function compareLeaves(
  before: TableLeaves,
  after: TableLeaves,
  marks: Uint8Array,
): RowidRange[] | null {
  const others = findOthers(before, after, marks)
  const most = Math.max(ALWAYS_RANGES, (before.leaves.length + after.leaves.length) / 2)
  const spans = [new LeafSpans(), new LeafSpans()] as const
  const left = new LeafReader(before, others.before)
  const right = new LeafReader(after, others.after)
  let old = left.next()
  let now = right.next()
  while (old !== null || now !== null) {
    if (old !== null && (now === null || old.first < now.first)) {
      spans[0].add(old.index, old.first, old.last)
      old = left.next()
    } else if (now !== null && (old === null || now.first < old.first)) {
      spans[1].add(now.index, now.first, now.last)
      now = right.next()
    } else if (old !== null && now !== null) {
      if (!isMoved(old, now)) {
        spans[0].add(old.index, old.first, old.last)
        spans[1].add(now.index, now.first, now.last)
      }
      old = left.next()
      now = right.next()
    }
    if (spans[0].leaves + spans[1].leaves > most) return null
  }
  return uniteSpans(...spans)
}

/**
 * Which leaves of each are not at the same place in the other with the same rows on them, by their
 * index. The same bytes at the same number are not enough: another table may have got the page.
 *
 * @param marks zero for each page of the larger file, before and afterwards
 */
function findOthers(
  before: TableLeaves,
  after: TableLeaves,
  marks: Uint8Array,
): { before: PageList; after: PageList } {
  const others = { before: new PageList(), after: new PageList() }
  for (const page of before.leaves) {
    if (((before.flags[page] ?? 0) & (SAME | SPILL_DIFFERS)) === SAME) marks[page] = HERE
  }
  for (let index = 0; index < after.leaves.length; index += 1) {
    const page = after.leaves.at(index)
    if (marks[page] === HERE) marks[page] = IN_BOTH
    else others.after.push(index)
  }
  for (let index = 0; index < before.leaves.length; index += 1) {
    const page = before.leaves.at(index)
    if (marks[page] !== IN_BOTH) others.before.push(index)
    marks[page] = 0
  }
  return others
}

const HERE = 1
const IN_BOTH = 2

/** Whether two leaves hold the same rows; those with overflow pages are not followed there. */
function isMoved(old: Leaf, now: Leaf): boolean {
  return !old.spills && !now.spills && bytesOf(old).equals(bytesOf(now))
}

function bytesOf({ bytes: { buffer, byteOffset, byteLength } }: Leaf): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

interface Leaf {
  readonly index: number
  readonly first: Rowid
  readonly last: Rowid
  readonly spills: boolean
  /** Valid until the next leaf of the same file is read. */
  readonly bytes: DataView<ArrayBuffer>
}

/** Reads some of the leaves of a table; those without a row are passed over. */
class LeafReader {
  readonly #table: TableLeaves
  readonly #indexes: PageList
  #next = 0
  #last: Rowid | undefined

  constructor(table: TableLeaves, indexes: PageList) {
    this.#table = table
    this.#indexes = indexes
  }

  next(): Leaf | null {
    const { file, flags, leaves } = this.#table
    while (this.#next < this.#indexes.length) {
      const index = this.#indexes.at(this.#next)
      this.#next += 1
      const page = leaves.at(index)
      const bytes = file.page(page)
      const ends = this.#readEnds(bytes, page)
      if (ends === null) continue
      return { index, ...ends, spills: ((flags[page] ?? 0) & SPILLS) !== 0, bytes }
    }
    return null
  }

  /** The first rowid and the last; every one has to be larger than that before it. */
  #readEnds(bytes: DataView, page: number): Pick<Leaf, 'first' | 'last'> | null {
    const header = headerAt(page)
    const cells = bytes.getUint16(header + 3)
    const pointers = cellsAt(TABLE_LEAF, header)
    let first: Rowid | undefined
    for (let index = 0; index < cells; index += 1) {
      const at = varintEnd(bytes, bytes.getUint16(pointers + 2 * index))
      if (varintEnd(bytes, at) > bytes.byteLength)
        throw new Doubt(this.#table.file, `page ${page} is damaged`)
      const rowid = readRowid(bytes, at)
      if (this.#last !== undefined && rowid <= this.#last) {
        throw new Doubt(this.#table.file, `the rows of page ${page} are out of order`)
      }
      first ??= rowid
      this.#last = rowid
    }
    return first === undefined || this.#last === undefined ? null : { first, last: this.#last }
  }
}
