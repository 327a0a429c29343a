import type { HistoryEntry } from '../git/history.ts'
import type { Before } from '../manifest/legal-changes.ts'
import type { DatasetEntry } from '../manifest/types.ts'
import { versionNumber } from '../manifest/versions.ts'
import type { ScannedEntry } from './scan-manifest.ts'

/** A state that the manifest had on the base's first-parent line. */
export interface PastState {
  /** The commit that made it so. */
  readonly change: HistoryEntry
  /** Null: it could not be read. */
  readonly entries: readonly ScannedEntry[] | null
}

/** Where a pending entry came from. */
export interface Origin {
  /** The commit of the first-parent line that brought the entry as it is now. */
  readonly change: HistoryEntry
  /** Its dataset on the base before there was a pending entry of this number. */
  readonly before: Before
}

interface Search {
  readonly wanted: DatasetEntry
  readonly number: number
  change: HistoryEntry | null
  /** Whether the entry was there as it is now, without a gap, in all states so far. */
  isSame: boolean
}

/**
 * Finds where pending entries came from, by walking back only as far as the oldest of them.
 *
 * A proposal may have been corrected before it was merged, each commit of its branch being one of
 * the base: the entry's own commit is the last of them, the state before is that before the first.
 * States that cannot be read are passed over. A publication that was reverted in git is the same
 * entry all along.
 *
 * @param states newest first, the tip's own the first; read no further than needed
 */
export async function findOrigins(
  wanted: readonly DatasetEntry[],
  states: AsyncIterable<PastState>,
): Promise<ReadonlyMap<DatasetEntry, Origin>> {
  const origins = new Map<DatasetEntry, Origin>()
  let open = wanted.map((one): Search => {
    return { wanted: one, number: versionNumber(one.entry.version), change: null, isSame: true }
  })
  const close = (search: Search, before: Before): void => {
    if (search.change === null) return
    origins.set(search.wanted, { change: search.change, before })
  }
  if (open.length === 0) return origins
  for await (const state of states) {
    const { entries } = state
    if (entries === null) continue
    open = open.filter((search) => {
      const before = look(search, state.change, entries)
      if (before === undefined) return true
      close(search, before)
      return false
    })
    if (open.length === 0) return origins
  }
  for (const search of open) close(search, { highest: 0, bucket: null })
  return origins
}

/** What a state says of an entry: undefined as long as it was there, else the dataset before. */
function look(
  search: Search,
  change: HistoryEntry,
  entries: readonly ScannedEntry[],
): Before | undefined {
  const { dataset, entry } = search.wanted
  const own = entries.filter((other) => other.dataset === dataset.fileName)
  const found = own.find((other) => other.number === search.number)
  const isSame = found?.sha256 === entry.sha256
  search.isSame &&= isSame
  if (search.isSame) search.change = change
  if (found !== undefined && (found.pending || isSame)) return undefined
  const highest = own.reduce((max, { number }) => Math.max(max, number), 0)
  return { highest, bucket: own[0]?.bucket ?? null }
}
