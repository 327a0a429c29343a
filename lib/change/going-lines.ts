import type { DeletionChange } from './deletion.ts'
import { freedBytes, type Going } from './removal.ts'
import { formatTable, printableLine } from '../format/text.ts'
import { formatBytes } from '../format/units.ts'

/** A row for each version that goes: its size, and what becomes of its bytes where others name them. */
export function goingTable(versions: readonly Going[]): string {
  return formatTable(versions.map(rowOf))
}

function rowOf({ version, bytes, namedBy, stays }: Going): string[] {
  const size = bytes === null ? 'unknown size' : formatBytes(bytes)
  if (namedBy.length === 0) return [`  ${version}`, size, '']
  const verb = stays ? 'its bytes stay' : 'its bytes go'
  return [`  ${version}`, size, `${verb}: named by ${namedBy.join(', ')}`]
}

/** What goes by a deletion, for people. */
export function deletionLines({
  item: { dataset },
  versions,
  withdrawn,
  isWhole,
}: Pick<DeletionChange, 'item' | 'versions' | 'withdrawn' | 'isWhole'>): string[] {
  const name = printableLine(dataset)
  return [
    isWhole ? `${name}, the whole dataset` : `${name}, one version`,
    goingTable(versions),
    ...withdrawn.map((version) => `  ${version}  is pending, and is taken back`),
    `  frees ${freedText(versions)}, some time after the publication`,
  ]
}

/** How much goes for good; old entries do not tell their size. */
export function freedText(versions: readonly Going[]): string {
  const bytes = freedBytes(versions)
  const isKnown = versions.every((one) => one.stays || one.bytes !== null)
  if (isKnown) return formatBytes(bytes)
  return bytes === 0 ? 'an unknown amount' : `at least ${formatBytes(bytes)}`
}
