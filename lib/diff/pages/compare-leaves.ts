import { pairLeaves } from './pair-leaves.ts'
import { type Leaf, readLeaf, type TableLeaves } from './read-leaf.ts'
import { LeafSpans, type RowidRange, uniteSpans } from './rowid-ranges.ts'

/** A table of at most so many leaves is not compared whole because most of it differs. */
const ALWAYS_RANGES = 512

/**
 * The rowids of a table that may hold different rows; null where that is more than half of it, so
 * that looking at the rest costs more than it saves.
 *
 * @param marks a zero for each page of the larger file, before and afterwards
 * @throws Doubt
 */
export function compareLeaves(
  before: TableLeaves,
  after: TableLeaves,
  marks: Uint8Array,
): RowidRange[] | null {
  const unpaired = pairLeaves(before, after, marks)
  const most = Math.max(ALWAYS_RANGES, (before.leaves.length + after.leaves.length) / 2)
  const [left, right] = [new LeafSpans(), new LeafSpans()]
  const olds = readLeaves(before, unpaired.before)
  const nows = readLeaves(after, unpaired.after)
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

/** Those that have rows, one after the other. */
function* readLeaves(
  table: TableLeaves,
  indexes: readonly number[],
): Generator<Leaf, undefined, undefined> {
  for (const index of indexes) {
    const leaf = readLeaf(table, index)
    if (leaf !== null) yield leaf
  }
}
