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
  const unknown = versions.some(({ bytes, stays }) => bytes === null && !stays)
  return [
    isWhole ? `${name}, the whole dataset` : `${name}, one version`,
    goingTable(versions),
    ...withdrawn.map((version) => `  ${version}  is pending, and is taken back`),
    `  frees ${unknown ? 'at least ' : ''}${formatBytes(freedBytes(versions))}, some time after the publication`,
  ]
}
