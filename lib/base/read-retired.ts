import { DmError, isDmError } from '../errors/dm-error.ts'
import { deepen } from '../git/deepen.ts'
import { type HistoryEntry, walkFirstParents } from '../git/history.ts'
import { readFile } from '../git/read-file.ts'
import type { Repository } from '../git/repository.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { isExplained, type ManifestState } from '../manifest/retire.ts'
import { nothingRetired, objectId, parseRetired, retiredPath } from '../manifest/retired.ts'
import type { RetiredList, RetiredObject } from '../manifest/retired.ts'
import type { Manifest } from '../manifest/types.ts'
import { type Base, readManifestAt } from './base.ts'
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
 * @param path of the manifest, relative to the data repository
 */
export async function readRetired(
  repository: Repository,
  base: Base,
  path: string,
  signal?: AbortSignal,
): Promise<Retired> {
  if (base.commit === null) return { list: null, problem: null, isVerified: true }
  const file = retiredPath(path)
  const refused: { change: HistoryEntry; state: State }[] = []
  for await (const change of walkFirstParents(repository, base.commit, [file], signal)) {
    if ('cut' in change) {
      if (refused.length === 0) return unverified(repository, base.commit, file, signal)
      await deepen(repository, 'all', signal)
      return readRetired(repository, base, path, signal)
    }
    const state = await readState(repository, change.commit, path, signal)
    const before = await readState(repository, change.parents[0] ?? null, path, signal)
    if (isReadable(before) && isReadable(state) && isExplained(before, state)) {
      return judge(repository, base, path, refused, state.retired, signal)
    }
    refused.push({ change, state })
  }
  return judge(repository, base, path, refused, null, signal)
}

/** A state of both files; undefined where one cannot be read. */
export interface State {
  readonly manifest: Manifest | undefined
  readonly retired: RetiredList | null | undefined
}

export function isReadable(state: State): state is ManifestState {
  return state.manifest !== undefined && state.retired !== undefined
}

export async function readState(
  repository: Repository,
  commit: string | null,
  path: string,
  signal: AbortSignal | undefined,
): Promise<State> {
  return {
    manifest: await unlessInvalid(readManifestAt(repository, commit, path, signal)),
    retired: await unlessInvalid(readList(repository, commit, retiredPath(path), signal)),
  }
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

async function unverified(
  repository: Repository,
  commit: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<Retired> {
  const list = await unlessInvalid(readList(repository, commit, file, signal))
  if (list !== undefined) return { list, problem: null, isVerified: false }
  const problem = new DmError('DM_RETIRED_UNEXPLAINED', { file, commit })
  return { list: null, problem, isVerified: false }
}

/**
 * @param refused the newest changes of the file that no publication can have made, newest first
 * @param last the list before them
 */
async function judge(
  repository: Repository,
  base: Base,
  path: string,
  refused: readonly { change: HistoryEntry; state: State }[],
  last: RetiredList | null,
  signal: AbortSignal | undefined,
): Promise<Retired> {
  const [newest] = refused
  if (newest === undefined) return { list: last, problem: null, isVerified: true }
  const objects = withoutNamed(last?.objects ?? [], base.manifest)
  const found = newest.state.retired
  // A publication that found the file as somebody else had left it has written it back.
  if (refused.length > 1 && found != null && isPartOf(found.objects, last?.objects ?? [])) {
    return { list: found, problem: null, isVerified: true }
  }
  const { highest } = await scanHistory(repository, base.commit, path, { signal })
  const numbers = new Map((last ?? nothingRetired).numbers)
  for (const [name, number] of highest) {
    const dataset = base.manifest.datasets.find(({ fileName }) => fileName === name)
    const isThere = dataset?.history.some(({ version }) => version === `v${number}`) ?? false
    if (!isThere) numbers.set(name, Math.max(number, numbers.get(name) ?? 0))
  }
  const { commit } = newest.change
  const problem = new DmError('DM_RETIRED_UNEXPLAINED', { file: retiredPath(path), commit })
  return { list: { numbers, objects }, problem, isVerified: true }
}

function withoutNamed(objects: readonly RetiredObject[], { datasets }: Manifest): RetiredObject[] {
  const named = new Set(
    datasets.flatMap((dataset) =>
      dataset.history.map(({ r2_object_key: key }) => objectId({ bucket: bucketOf(dataset), key })),
    ),
  )
  return objects.filter((object) => !named.has(objectId(object)))
}

function isPartOf(some: readonly RetiredObject[], all: readonly RetiredObject[]): boolean {
  const since = new Map(all.map((object) => [objectId(object), object.since]))
  return some.every((object) => since.get(objectId(object)) === object.since)
}
