import type { HistoryEntry } from '../git/history.ts'
import { findFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import type { PastState } from './find-origins.ts'
import type { ScannedEntry } from './scan-manifest.ts'

/**
 * Finds the commits of the base's own line that made things so as they are now, by walking back only
 * as far as the oldest of them. What cannot be told from the states that there are is not in the
 * result.
 *
 * @param wanted what is so at the tip
 * @param isSo whether it was so in a state
 * @param states newest first, the tip's own the first; they may end before the history does
 * @param path of the manifest, relative to the data repository
 */
export async function findSince<Item>(
  repository: Repository,
  wanted: readonly Item[],
  isSo: (item: Item, entries: readonly ScannedEntry[]) => boolean,
  {
    states,
    path,
    signal,
  }: {
    readonly states: AsyncIterable<PastState>
    readonly path: string
    readonly signal?: AbortSignal | undefined
  },
): Promise<ReadonlyMap<Item, HistoryEntry>> {
  const since = new Map<Item, HistoryEntry>()
  const open = new Map<Item, HistoryEntry | null>(wanted.map((item) => [item, null]))
  if (open.size === 0) return since
  let oldest: HistoryEntry | null = null
  for await (const { change, entries } of states) {
    // What cannot be read may have been anything.
    if (entries === null) continue
    oldest = change
    for (const [item, last] of open) {
      if (isSo(item, entries)) open.set(item, change)
      else {
        open.delete(item)
        if (last !== null) since.set(item, last)
      }
    }
    if (open.size === 0) return since
  }
  if (oldest === null || !(await isFirst(repository, oldest, path, signal))) return since
  for (const [item, last] of open) if (last !== null) since.set(item, last)
  return since
}

/** Whether there was no manifest before that commit. */
async function isFirst(
  repository: Repository,
  { parents: [parent] }: HistoryEntry,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return parent === undefined || (await findFile(repository, parent, path, { signal })) === null
}
