import { createHash } from 'node:crypto'
import { fetchBase, readBase } from '../git/base.ts'
import { findFile } from '../git/read-file.ts'
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
  const file = await findFile(repository, commit, path, { signal })
  if (file === null) return emptyManifest
  const known = recent.get(repository.commonDir)?.find(({ blob }) => blob === file.blob)
  if (known !== undefined) return known.manifest
  const source = `${path} in ${commit.slice(0, 7)}`
  const manifest = parseManifest(await file.read(), { source })
  remember(repository, file.blob, manifest)
  return manifest
}

interface Known {
  /** The hash of the content. */
  readonly blob: string
  readonly manifest: Manifest
}

/** The manifests that were read or written last: a run comes back to the same one several times. */
const recent = new Map<string, readonly Known[]>()

function remember({ commonDir }: Repository, blob: string, manifest: Manifest): void {
  recent.set(commonDir, [{ blob, manifest }, ...(recent.get(commonDir) ?? [])].slice(0, 2))
}

/** Keeps a manifest that is about to be committed as this text, so that nobody has to read it again. */
export function rememberWritten(
  repository: Repository,
  { commit, content, manifest }: { commit: string; content: Buffer; manifest: Manifest },
): void {
  // Git names a blob by the hash of this; the length of any hash tells which one the repository uses.
  const hash = createHash(commit.length === 40 ? 'sha1' : 'sha256')
  const blob = hash.update(`blob ${content.length}\0`).update(content).digest('hex')
  remember(repository, blob, manifest)
}
