import { fetchBase, readBase } from '../git/base.ts'
import { readFile } from '../git/read-file.ts'
import type { RemoteReferences } from '../git/remote.ts'
import type { Repository } from '../git/repository.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import { emptyManifest, type Manifest } from '../manifest/types.ts'

/** The state of the branch that counts. */
export interface Base {
  /** Its tip; null: nothing has been committed yet. */
  readonly commit: string | null
  /** The manifest there; empty where there is none. */
  readonly manifest: Manifest
  /** The branches that the remote had when it was asked; left out where it was not. */
  readonly branches?: RemoteReferences
}

/**
 * The base as it was last fetched.
 *
 * @param path of the manifest, relative to the data repository
 * @throws DM_MANIFEST_…, DM_GIT_NO_BASE
 */
export async function readTip(
  repository: Repository,
  path: string,
  signal?: AbortSignal,
): Promise<Base> {
  const commit = await readBase(repository, signal)
  return { commit, manifest: await readManifestAt(repository, commit, path, signal) }
}

/**
 * The base as it is now: freshly fetched where there is a remote.
 *
 * @param path of the manifest, relative to the data repository
 * @throws DM_GIT_REMOTE_UNREACHABLE, and as `readTip`
 */
export async function fetchTip(
  repository: Repository,
  path: string,
  signal?: AbortSignal,
): Promise<Base> {
  const fetched = await fetchBase(repository, signal)
  const base = await readTip(repository, path, signal)
  return fetched.state === 'no-remote' ? base : { ...base, branches: fetched.branches }
}

/** What a run read last: it comes back to the same commit several times. */
const lastRead = new WeakMap<
  Repository,
  { readonly commit: string; readonly path: string; readonly manifest: Manifest }
>()

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
  const last = lastRead.get(repository)
  if (last?.commit === commit && last.path === path) return last.manifest
  const content = await readFile(repository, commit, path, { signal })
  if (content === null) return emptyManifest
  const manifest = parseManifest(content, { source: `${path} in ${commit.slice(0, 7)}` })
  lastRead.set(repository, { commit, path, manifest })
  return manifest
}
