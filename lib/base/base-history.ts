import { type HistoryEntry, firstParentHistory } from '../git/first-parent-history.ts'
import { readFileAt } from '../git/read-file-at.ts'
import type { Repository } from '../git/repository.ts'
import { type ScannedEntry, scanManifest } from './scan-manifest.ts'

/** The manifest after one commit of the base's first-parent line. */
export interface HistoryState extends HistoryEntry {
  readonly entries: readonly ScannedEntry[]
}

/** How the base's manifest came to be what it is: its states, newest first. */
export type BaseHistory = readonly HistoryState[]

/**
 * Reads every state that the manifest had on the base's first-parent line.
 *
 * The history must be complete (`ensureFullHistory`).
 *
 * @param tip commit of the base; null: no history
 * @param path of the manifest, relative to the data repository
 */
export async function readBaseHistory(
  repository: Repository,
  tip: string | null,
  path: string,
  signal?: AbortSignal,
): Promise<BaseHistory> {
  if (tip === null) return []
  const commits = await firstParentHistory(repository, tip, path, signal)
  const hashes = commits.map(({ commit }) => commit)
  const entriesOf = new Map<string, readonly ScannedEntry[]>()
  for await (const file of readFileAt(repository, hashes, path, { signal })) {
    entriesOf.set(file.commit, file.state === 'file' ? scanManifest(file.content) : [])
  }
  return commits.map((entry) =>
    Object.assign(entry, { entries: entriesOf.get(entry.commit) ?? [] }),
  )
}

/** The highest version number that a dataset ever had on the base; 0: it never existed. */
export function highestEver(history: BaseHistory, dataset: string): number {
  const numbers = history.flatMap(({ entries }) =>
    entries.filter((entry) => entry.dataset === dataset).map(({ number }) => number),
  )
  return numbers.reduce((highest, number) => Math.max(highest, number), 0)
}

/**
 * The commit of the base's first-parent line that brought the entry which is there now: the oldest
 * one of those, counted back from the tip without a gap, that have it.
 */
export function findOrigin(
  history: BaseHistory,
  dataset: string,
  version: number,
  sha256: string,
): HistoryState | undefined {
  const has = ({ entries }: HistoryState): boolean =>
    entries.some(
      (entry) => entry.dataset === dataset && entry.number === version && entry.sha256 === sha256,
    )
  const firstWithout = history.findIndex((state) => !has(state))
  return history[(firstWithout === -1 ? history.length : firstWithout) - 1]
}
