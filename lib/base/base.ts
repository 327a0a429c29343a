import { createHash } from 'node:crypto'
import { fetchBaseCommit, readBaseCommit } from '../git/base.ts'
import { findFile } from '../git/read-file.ts'
import type { RemoteReferences } from '../git/remote.ts'
import type { Repository } from '../git/repository.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import { emptyManifest, type Manifest } from '../manifest/types.ts'

/** The tip of the branch that counts. */
export interface Tip {
  /** Null: nothing has been committed yet. */
  readonly commit: string | null
  /** The branches that the remote had when it was asked; left out where it was not. */
  readonly branches?: RemoteReferences
  /** Those and the heads of pull requests, of the same moment; left out where they were not asked for. */
  readonly references?: RemoteReferences | undefined
}

/** The state of the branch that counts. */
export interface Base extends Tip {
  /** The manifest there; empty where there is none. */
  readonly manifest: Manifest
}

/**
 * The base as it was last fetched.
 *
 * @param path of the manifest, relative to the data repository
 * @throws DM_MANIFEST_…, DM_GIT_NO_BASE
 */
export async function readBase(
  repository: Repository,
  path: string,
  signal?: AbortSignal,
): Promise<Base> {
  const commit = await readBaseCommit(repository, signal)
  return { commit, manifest: await readManifestAt(repository, commit, path, signal) }
}

/**
 * The base as it is now: freshly fetched where there is a remote.
 *
 * @param path of the manifest, relative to the data repository
 * @throws DM_GIT_REMOTE_UNREACHABLE, and as `readBase`
 */
export async function fetchBase(
  repository: Repository,
  path: string,
  signal?: AbortSignal,
  options?: TipOptions,
): Promise<Base> {
  const tip = await fetchTip(repository, signal, options)
  return { ...tip, manifest: await readManifestAt(repository, tip.commit, path, signal) }
}

export interface TipOptions {
  /** Whether pull requests are asked for in the same question, for `readProposed`. */
  readonly withPullRequests?: boolean
}

/** As `fetchBase`, without reading the manifest. */
export async function fetchTip(
  repository: Repository,
  signal?: AbortSignal,
  options?: TipOptions,
): Promise<Tip> {
  const fetched = await fetchBaseCommit(repository, signal, options)
  if (fetched.state === 'no-remote') return { commit: await readBaseCommit(repository, signal) }
  const { branches, references } = fetched
  if (fetched.state === 'fetched') return { commit: fetched.commit, branches, references }
  return { commit: await readBaseCommit(repository, signal), branches, references }
}

/**
 * Reads the manifest of a commit as a git object, never from the work tree.
 *
 * @param commit null: the manifest of nothing
 * @param path relative to the data repository
 * @throws DM_MANIFEST_…, exit 3, where it is not a valid manifest
 */
export async function readManifestAt(
  repository: Repository,
  commit: string | null,
  path: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  if (commit === null) return emptyManifest
  const place = `${commit} ${path}`
  const same = recent.get(repository)?.find(({ places }) => places.has(place))
  if (same !== undefined) return same.manifest
  const file = await findFile(repository, commit, path, { signal })
  if (file === null) return emptyManifest
  const { blob } = file
  const known = recent.get(repository)?.find((one) => one.blob === blob)
  if (known !== undefined) {
    known.places.add(place)
    return known.manifest
  }
  const source = `${path} in ${commit.slice(0, 7)}`
  const manifest = file.read().then((content) => parseManifest(content, { source }))
  remember(repository, { blob, manifest, places: new Set([place]) })
  manifest.catch(() => forget(repository, blob))
  return manifest
}

interface Known {
  /** The hash of the content. */
  readonly blob: string
  /** The commits and paths that it was found at. */
  readonly places: Set<string>
  readonly manifest: Promise<Manifest>
}

/** The manifests that a run has read or written last: it comes back to the same one several times. */
const recent = new WeakMap<Repository, readonly Known[]>()

function remember(repository: Repository, known: Known): void {
  recent.set(repository, [known, ...(recent.get(repository) ?? [])].slice(0, 2))
}

function forget(repository: Repository, blob: string): void {
  recent.set(repository, recent.get(repository)?.filter((one) => one.blob !== blob) ?? [])
}

/** Keeps a manifest that is about to be committed as this text, so that nobody has to read it again. */
export function rememberWritten(
  repository: Repository,
  { commit, content, manifest }: { commit: string; content: Buffer; manifest: Manifest },
): void {
  // Git names a blob by the hash of this; the length of any hash tells which one the repository uses.
  const hash = createHash(commit.length === 40 ? 'sha1' : 'sha256')
  const blob = hash.update(`blob ${content.length}\0`).update(content).digest('hex')
  remember(repository, { blob, manifest: Promise.resolve(manifest), places: new Set() })
}
