import { outOfOrder } from './doubt.ts'
import { SAME, SPILL_DIFFERS } from './inspect-page.ts'
import { readLeaf } from './read-leaf.ts'
import { type KnownFile, leavesOf, type Place } from './walk-tree.ts'

/** One of the two files, and where a table begins in it. */
export interface Table extends KnownFile {
  readonly root: number
}

/** What is marked of a page: it is a leaf of the table before; and of that after, with the same rows. */
const BEFORE = 1
const PAIRED = 2

/** The leaves of both files that are the same, at the same page number, in the b-tree of the same table. */
export class PairedLeaves {
  /** How many leaves the table has in both files together. */
  leaves = 0
  readonly #marks: Uint8Array

  /**
   * @param marks room for a byte for each page of the larger file
   * @throws Doubt
   */
  constructor(before: Table, after: Table, marks: Uint8Array) {
    this.#marks = marks.fill(0)
    for (const { page } of leavesOf(before, before.root)) {
      this.leaves += 1
      if (((before.flags[page] ?? 0) & (SAME | SPILL_DIFFERS)) === SAME) marks[page] = BEFORE
    }
    for (const { page } of leavesOf(after, after.root)) {
      this.leaves += 1
      // The same bytes are not enough: another table may have got the page.
      if (marks[page] === BEFORE) marks[page] = PAIRED
    }
    this.#verifyPlaces(before, after)
  }

  has({ page }: Place): boolean {
    return this.#marks[page] === PAIRED
  }

  /**
   * Paired leaves come in the same order, and in the file after each is where its rowids are looked for:
   * as it is in the file before, which has passed its own checks, or else by its rowids.
   */
  #verifyPlaces(before: Table, after: Table): void {
    const nows = leavesOf(after, after.root)
    for (const old of leavesOf(before, before.root)) {
      if (!this.has(old)) continue
      let now = nows.next().value
      while (now !== undefined && !this.has(now)) now = nows.next().value
      if (now === undefined || now.page !== old.page) throw outOfOrder(after.file, old.page)
      if (now.above !== old.above || now.most !== old.most) readLeaf(after, now)
    }
  }
}
