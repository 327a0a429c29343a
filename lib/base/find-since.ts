import { isDmError } from '../errors/dm-error.ts'
import type { HistoryEntry } from '../git/history.ts'
import { findFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import type { Base } from './base.ts'
import { pastStatesHere } from './history.ts'
import type { ScannedEntry } from './scan-manifest.ts'

/** How much of old manifests is read, in bytes: whoever asks wants to know at once. */
const readAtMost = 16 * 1024 * 1024

export interface SinceRequest<Item> {
  /** What is so at the tip. */
  readonly wanted: readonly Item[]
  /** Whether it was so in a state. */
  readonly isSo: (item: Item, entries: readonly ScannedEntry[]) => boolean
  /** The datasets that it is about. */
  readonly only: ReadonlySet<string>
  /** Of the manifest, relative to the data repository. */
  readonly path: string
}

/**
 * Finds the commits of the base's own line that made things so as they are now, by walking back only
 * as far as the oldest of them, and asking no remote. What cannot be told from what is here is not
 * in the result.
 */
export async function findSince<Item>(
  repository: Repository,
  base: Base,
  request: SinceRequest<Item>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Item, HistoryEntry>> {
  if (request.wanted.length === 0) return new Map()
  try {
    return await walkBack(repository, base, request, signal)
  } catch (error) {
    // A clone without all folders may lack what such a walk needs.
    if (!repository.isPartial || !isDmError(error, 'DM_GIT_FAILED')) throw error
    return new Map()
  }
}

async function walkBack<Item>(
  repository: Repository,
  base: Base,
  { wanted, isSo, only, path }: SinceRequest<Item>,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Item, HistoryEntry>> {
  const since = new Map<Item, HistoryEntry>()
  const open = new Map<Item, HistoryEntry | null>(wanted.map((item) => [item, null]))
  let oldest: HistoryEntry | null = null
  const states = pastStatesHere(repository, base, path, { only, signal, atMost: readAtMost })
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
