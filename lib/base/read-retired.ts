import { DmError, isDmError } from '../errors/dm-error.ts'
import { deepen } from '../git/deepen.ts'
import { type HistoryEntry, walkFirstParents } from '../git/history.ts'
import { readFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { isExplained, type ManifestState } from '../manifest/retire.ts'
import {
  isSameRetired,
  nothingRetired,
  objectId,
  parseRetired,
  retiredPath,
} from '../manifest/retired.ts'
import type { RetiredList } from '../manifest/retired.ts'
import { emptyManifest, type Manifest } from '../manifest/types.ts'
import { readManifestAt } from './base.ts'
import { scanHistory } from './history.ts'

/** What the base has given up, as far as it can be relied upon. */
export interface Retired {
  /** Null: nothing was ever given up. */
  readonly list: RetiredList | null
  /** Why the file on the base does not count; the list is then the last one that did. */
  readonly problem: DmError | null
  /** Whether it is known that a publication wrote it: a shallow clone may not reach that far. */
  readonly isVerified: boolean
}

/** The highest number of a dataset that was given up; 0: none. */
export function highestRetired({ list }: Retired, dataset: string): number {
  return list?.numbers.get(dataset) ?? 0
}

/**
 * Reads the list of what was given up, and sees that a publication wrote it: the newest commit of
 * the base's first-parent line that changed the file must follow from its own change of the
 * manifest. What somebody else has written there counts for nothing.
 *
 * @param tip of the base; null: nothing has been committed yet
 * @param path of the manifest, relative to the data repository
 */
export async function readRetired(
  repository: Repository,
  tip: string | null,
  path: string,
  signal?: AbortSignal,
): Promise<Retired> {
  if (tip === null) return { list: null, problem: null, isVerified: true }
  const last = recent.get(repository)
  if (last?.commit === tip && last.path === path) return last.retired
  const retired = await readAnew(repository, tip, path, signal)
  // A clone that is deepened meanwhile may reach further.
  if (retired.isVerified) recent.set(repository, { commit: tip, path, retired })
  return retired
}

interface Known {
  readonly commit: string
  readonly path: string
  readonly retired: Retired
}

/** What a run has read or written last: it asks several times, and each time costs a walk. */
const recent = new WeakMap<Repository, Known>()

/**
 * Keeps what a publication has just committed on top of a base, so that it is not read again.
 *
 * @param before of that base
 * @param written the list, where the commit has a new one
 */
export function rememberRetired(
  repository: Repository,
  { commit, path }: { readonly commit: string; readonly path: string },
  before: Retired,
  written: RetiredList | null,
): void {
  if (before.problem !== null || !before.isVerified) return
  const retired = written === null ? before : { ...before, list: written }
  recent.set(repository, { commit, path, retired })
}

async function readAnew(
  repository: Repository,
  tip: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Retired> {
  const file = retiredPath(path)
  const refused: HistoryEntry[] = []
  for await (const change of walkFirstParents(repository, tip, [file], signal)) {
    if ('cut' in change) {
      const found = await unlessInvalid(readList(repository, tip, file, signal))
      if (refused.length === 0 && found !== undefined) {
        return { list: found, problem: null, isVerified: false }
      }
      await deepen(repository, 'all', signal)
      return readAnew(repository, tip, path, signal)
    }
    const { before, after } = await readChange(repository, change, path, signal)
    // Only its text: whoever wrote the list comes before it.
    if (before.retired && after.retired && isSameRetired(before.retired, after.retired)) continue
    if (isReadable(before) && isReadable(after) && isExplained(before, after)) {
      return judge(repository, tip, path, refused, after.retired, signal)
    }
    refused.push(change)
  }
  return judge(repository, tip, path, refused, null, signal)
}

/** A state of both files; undefined where one cannot be read. */
export interface State {
  readonly manifest: Manifest | undefined
  readonly retired: RetiredList | null | undefined
}

export function isReadable(state: State): state is ManifestState {
  return state.manifest !== undefined && state.retired !== undefined
}

/** Both files in a commit; null: before the first. */
export async function readState(
  repository: Repository,
  commit: string | null,
  path: string,
  signal?: AbortSignal,
): Promise<State> {
  return {
    manifest: await unlessInvalid(readManifestAt(repository, commit, path, signal)),
    retired: await unlessInvalid(readList(repository, commit, retiredPath(path), signal)),
  }
}

async function readChange(
  repository: Repository,
  { commit, parents }: HistoryEntry,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ before: State; after: State }> {
  const before = await readState(repository, parents[0] ?? null, path, signal)
  return { before, after: await readState(repository, commit, path, signal) }
}

async function readList(
  repository: Repository,
  commit: string | null,
  file: string,
  signal: AbortSignal | undefined,
): Promise<RetiredList | null> {
  const content = commit === null ? null : await readFile(repository, commit, file, { signal })
  return content === null ? null : parseRetired(content, file)
}

async function unlessInvalid<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading
  } catch (error) {
    // What is in the place of the file is no file, or not one of its kind.
    if (isDmError(error) && error.exit === 3) return undefined
    throw error
  }
}

/**
 * What counts where the newest changes of the file do not follow from their own of the manifest: a
 * publication that found the file as somebody else had left it has written back what it was before.
 *
 * @param refused those changes, newest first
 * @param last the list before them
 */
async function judge(
  repository: Repository,
  tip: string,
  path: string,
  refused: readonly HistoryEntry[],
  last: RetiredList | null,
  signal: AbortSignal | undefined,
): Promise<Retired> {
  const [newest] = refused
  if (newest === undefined) return { list: last, problem: null, isVerified: true }
  const { highest } = await scanHistory(repository, tip, path, { signal })
  let list = last
  let isGood = false
  for (const change of refused.toReversed()) {
    const { before, after } = await readChange(repository, change, path, signal)
    const { manifest } = before
    const retired = list && withoutNamed(list, manifest ?? emptyManifest)
    isGood =
      manifest !== undefined &&
      isReadable(after) &&
      isExplained({ manifest, retired }, after, highest)
    if (isGood) list = after.retired ?? null
  }
  if (isGood) return { list, problem: null, isVerified: true }
  const manifest = await readManifestAt(repository, tip, path, signal)
  const { objects, numbers: known } = withoutNamed(list ?? nothingRetired, manifest)
  const numbers = new Map(known)
  for (const [name, number] of highest) {
    const dataset = manifest.datasets.find(({ fileName }) => fileName === name)
    const isThere = dataset?.history.some(({ version }) => version === `v${number}`) ?? false
    if (!isThere) numbers.set(name, Math.max(number, numbers.get(name) ?? 0))
  }
  const { commit } = newest
  const problem = new DmError('DM_RETIRED_UNEXPLAINED', { file: retiredPath(path), commit })
  return { list: { numbers, objects }, problem, isVerified: true }
}

/** The list without the objects that a manifest names again. */
function withoutNamed({ numbers, objects }: RetiredList, { datasets }: Manifest): RetiredList {
  const named = new Set(
    datasets.flatMap((dataset) =>
      dataset.history.map(({ r2_object_key: key }) => objectId({ bucket: bucketOf(dataset), key })),
    ),
  )
  return { numbers, objects: objects.filter((object) => !named.has(objectId(object))) }
}
