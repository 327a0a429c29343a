import type { BaseHistory, HistoryState } from '../base/base-history.ts'
import type { ScannedEntry } from '../base/scan-manifest.ts'
import type { Candidate } from './remove-unreferenced.ts'

/** How many of the newest states of the manifest are looked at for what a killed run left. */
const recentStates = 20

/**
 * Objects that a publication gave up and that its run may have left, because it was killed after
 * its push: staged bytes that the tip no longer waits for, and versions that were marked for
 * deletion when they went. What vanished from the manifest in any other way was no publication's
 * doing, and its bytes stay.
 *
 * @param staging logical name of the staging bucket
 */
export function findLeftovers(history: BaseHistory, staging: string): Candidate[] {
  const recent = history.slice(0, recentStates)
  const candidates = recent.slice(1).flatMap((older, index) => {
    const newer = recent[index]
    return newer === undefined ? [] : given(older, newer, staging)
  })
  const tip = recent[0]
  const still = new Set(tip?.entries.flatMap((entry) => named(entry, staging).map(idOf)))
  const unique = new Map(candidates.map((candidate) => [idOf(candidate), candidate]))
  return [...unique].filter(([id]) => !still.has(id)).map(([, candidate]) => candidate)
}

/** What one state gave up against the one before it. */
function given(older: HistoryState, newer: HistoryState, staging: string): Candidate[] {
  return older.entries.flatMap((entry): Candidate[] => {
    const { bucket, key, stagingKey, marked, pending } = entry
    const isThere = newer.entries.some(
      (other) => other.dataset === entry.dataset && other.number === entry.number,
    )
    const staged = stagingKey === null ? [] : [{ bucket: staging, key: stagingKey }]
    return marked && !pending && !isThere ? [...staged, { bucket, key }] : staged
  })
}

function named({ bucket, key, stagingKey }: ScannedEntry, staging: string): Candidate[] {
  const staged = stagingKey === null ? [] : [{ bucket: staging, key: stagingKey }]
  return [{ bucket, key }, ...staged]
}

function idOf({ bucket, key }: Candidate): string {
  return `${bucket}\0${key}`
}
