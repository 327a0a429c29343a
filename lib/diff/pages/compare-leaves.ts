import { PairedLeaves, type Table } from './pair-leaves.ts'
import { type Leaf, readLeaf } from './read-leaf.ts'
import { LeafSpans, type RowidRange, uniteSpans } from './rowid-ranges.ts'
import { leavesOf } from './walk-tree.ts'

/** So many leaves may always differ, however small the table, */
const ALWAYS_RANGES = 512
/** and never more: their ranges are kept in memory. 512 MiB in pages of 4 KiB. */
const MOST_LEAVES = 2 ** 17

/**
 * The rowids of a table that may hold different rows; null where that is more than half of it:
 * finding the rest would cost more than it saves.
 *
 * @param marks room for a byte for each page of the larger file
 * @throws Doubt
 */
export function compareLeaves(before: Table, after: Table, marks: Uint8Array): RowidRange[] | null {
  const paired = new PairedLeaves(before, after, marks)
  const most = Math.min(MOST_LEAVES, Math.max(ALWAYS_RANGES, paired.leaves / 2))
  const [left, right] = [new LeafSpans(), new LeafSpans()]
  const olds = unpairedLeaves(before, paired)
  const nows = unpairedLeaves(after, paired)
  let old = olds.next().value
  let now = nows.next().value
  // Both in the order of their rowids; a leaf that has moved begins with the same one.
  while (old !== undefined || now !== undefined) {
    const takesOld = now === undefined || (old !== undefined && old.first <= now.first)
    const takesNow = old === undefined || (now !== undefined && now.first <= old.first)
    if (old === undefined || now === undefined || !isMoved(old, now)) {
      if (takesOld && old !== undefined) left.add(old)
      if (takesNow && now !== undefined) right.add(now)
    }
    if (takesOld) old = olds.next().value
    if (takesNow) now = nows.next().value
    if (left.leaves + right.leaves > most) return null
  }
  return uniteSpans(left, right)
}

/** Whether two leaves hold the same rows; those with overflow pages are not followed there. */
function isMoved(old: Leaf, now: Leaf): boolean {
  return !old.spills && !now.spills && old.bytes.equals(now.bytes)
}

interface NumberedLeaf extends Leaf {
  /** Which one of the table it is. */
  readonly index: number
}

/** Those that have rows. */
function* unpairedLeaves(
  table: Table,
  paired: PairedLeaves,
): Generator<NumberedLeaf, undefined, undefined> {
  let index = 0
  for (const place of leavesOf(table, table.root)) {
    index += 1
    if (paired.has(place)) continue
    const leaf = readLeaf(table, place)
    if (leaf !== null) yield { index, ...leaf }
  }
}
