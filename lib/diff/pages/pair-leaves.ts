import { SAME, SPILL_DIFFERS } from './inspect-page.ts'
import { outOfOrder, readLeaf, type TableLeaves } from './read-leaf.ts'

/** What is marked of a page meanwhile: it is a leaf of the table before; afterwards, too. */
const BEFORE = 1
const BOTH = 2

/** The leaves of a table, by their index, that are not in the other file at the same page number. */
export interface Unpaired {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/**
 * Pairs the leaves of a table that are in both files, the same, at the same page number. That the bytes
 * are the same is not enough: another table may have got the page.
 *
 * @param marks a zero for each page of the larger file, before and afterwards
 * @throws Doubt
 */
export function pairLeaves(before: TableLeaves, after: TableLeaves, marks: Uint8Array): Unpaired {
  const unpaired = { before: [] as number[], after: [] as number[] }
  try {
    for (let index = 0; index < before.leaves.length; index += 1) {
      const page = before.leaves.page(index)
      if (((before.flags[page] ?? 0) & (SAME | SPILL_DIFFERS)) === SAME) marks[page] = BEFORE
    }
    for (let index = 0; index < after.leaves.length; index += 1) {
      const page = after.leaves.page(index)
      if (marks[page] === BEFORE) marks[page] = BOTH
      else unpaired.after.push(index)
    }
    let other = -1
    for (let index = 0; index < before.leaves.length; index += 1) {
      const page = before.leaves.page(index)
      if (marks[page] === BOTH) {
        do other += 1
        while (marks[after.leaves.page(other)] !== BOTH)
        verifyPlace(before, index, after, other)
      } else unpaired.before.push(index)
    }
  } finally {
    for (let index = 0; index < before.leaves.length; index += 1) {
      marks[before.leaves.page(index)] = 0
    }
  }
  return unpaired
}

/**
 * Paired leaves come in the same order, and in the file after each is where its rowids are looked for:
 * as they are in the file before, which its own checks have passed, or else by its rowids.
 */
function verifyPlace(before: TableLeaves, index: number, after: TableLeaves, other: number): void {
  const page = after.leaves.page(other)
  if (before.leaves.page(index) !== page) throw outOfOrder(after.file, page)
  if (!after.leaves.hasBoundsOf(other, before.leaves, index)) readLeaf(after, other)
}
