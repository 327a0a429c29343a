import { openBlobs } from '../git/read-file.ts'
import { deepen } from '../git/deepen.ts'
import { walkAllStates, walkFirstParents } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { MAX_MANIFEST_BYTES } from '../manifest/parse-manifest.ts'
import type { PastState } from './find-origins.ts'
import type { Base } from './base.ts'
import { entriesOf, type ScannedEntry, scanManifest } from './scan-manifest.ts'

/** How many commits a shallow clone is deepened by at a time; then it is completed. */
const steps = [50, 500]

/**
 * The states of the manifest on the base's first-parent line, newest first, read one at a time and
 * only as far as somebody reads on. A shallow clone is deepened as far as that takes.
 *
 * @param path of the manifest, relative to the data repository
 * @param only the datasets that are asked about; default: all
 */
export async function* pastStates(
  repository: Repository,
  base: Base,
  path: string,
  { only, signal }: StatesOptions = {},
): AsyncGenerator<PastState> {
  const fullPath = pathFromRoot(repository.prefix, path)
  let from = base.commit
  // The newest state is the tip's own, which has been read.
  let known: readonly ScannedEntry[] | null = entriesOf(base.manifest, only)
  for (let round = 0; from !== null; round++) {
    let cut: string | null = null
    const blobs = openBlobs(repository, signal)
    try {
      for await (const change of walkFirstParents(repository, from, [path], signal)) {
        if ('cut' in change) {
          cut = change.cut
          break
        }
        if (known === null) {
          const found = await blobs.read(`${change.commit}:${fullPath}`, MAX_MANIFEST_BYTES)
          known = found.state === 'file' ? scanManifest(found.content, only) : null
        }
        yield { change, entries: known }
        known = null
      }
    } finally {
      blobs.close()
    }
    if (cut !== null) await deepen(repository, steps[round] ?? 'all', signal)
    from = cut
  }
}

/**
 * As `pastStates`, but only of what is here, and at once: the states end where a clone has no more of
 * them, and where more than so many bytes would have to be read.
 */
export async function* pastStatesHere(
  { env, ...repository }: Repository,
  base: Base,
  path: string,
  { only, signal, atMost }: StatesOptions & { readonly atMost: number },
): AsyncGenerator<PastState> {
  if (base.commit === null) return
  const place = { ...repository, env: { ...env, GIT_NO_LAZY_FETCH: '1' } }
  const fullPath = pathFromRoot(repository.prefix, path)
  let left = atMost
  let known: readonly ScannedEntry[] | null = entriesOf(base.manifest, only)
  const blobs = openBlobs(place, signal)
  try {
    for await (const change of walkFirstParents(place, base.commit, [path], signal)) {
      if ('cut' in change) return
      if (known === null) {
        const found = await blobs.read(`${change.commit}:${fullPath}`, left)
        if (found.state !== 'file') return
        left -= found.content.length
        known = scanManifest(found.content, only)
      }
      yield { change, entries: known }
      known = null
    }
  } finally {
    blobs.close()
  }
}

interface StatesOptions {
  readonly only?: ReadonlySet<string> | undefined
  readonly signal?: AbortSignal | undefined
}

/** What the whole history says of published versions. */
export interface PublishedEver {
  /** The highest number that each dataset had, by its name. */
  readonly highest: ReadonlyMap<string, number>
  /** Whether this very object was ever published under this number. */
  readonly had: (dataset: string, number: number, key: string) => boolean
  /** Every object that was ever published, with its number; each once. */
  readonly all: () => Iterable<{
    readonly dataset: string
    readonly number: number
    readonly key: string
  }>
}

/**
 * Reads every state that the manifest ever had, on whatever line, for the versions that were
 * published. Takes long where the history is: it is needed once, when something is given up for the
 * first time, and where a number seems to be used already.
 *
 * @param only these datasets; default: all
 */
export async function scanHistory(
  repository: Repository,
  tip: string | null,
  path: string,
  { only, signal }: { only?: readonly string[] | undefined; signal?: AbortSignal | undefined } = {},
): Promise<PublishedEver> {
  const highest = new Map<string, number>()
  const objects = new Set<string>()
  const idOf = (dataset: string, number: number, key: string): string =>
    `${dataset}\0${number}\0${key}`
  const names = only?.map((name) => JSON.stringify(name))
  if (tip !== null) {
    const limit = MAX_MANIFEST_BYTES
    for await (const state of walkAllStates(repository, tip, path, { limit, signal })) {
      if (state.state !== 'file') continue
      // Reading the text of a manifest that does not have the name costs many times as much.
      const isAbout = names?.some((name) => state.content.includes(name)) ?? true
      // A name can be written with escapes, too.
      if (!isAbout && !state.content.includes('\\u')) continue
      for (const { dataset, number, key, pending } of scanManifest(state.content) ?? []) {
        if (pending || only?.includes(dataset) === false) continue
        highest.set(dataset, Math.max(number, highest.get(dataset) ?? 0))
        objects.add(idOf(dataset, number, key))
      }
    }
  }
  return {
    highest,
    had: (dataset, number, key) => objects.has(idOf(dataset, number, key)),
    *all() {
      for (const id of objects) {
        const [dataset = '', number, key = ''] = id.split('\0')
        yield { dataset, number: Number(number), key }
      }
    },
  }
}
