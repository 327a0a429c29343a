import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { type BlobReader, type FileState, openBlobs } from './read-file.ts'
import { type FileChange, findChanges, findOlder, type Side } from './file-changes.ts'
import { findMergeBases, type Made } from './merge-bases.ts'
import { fetch, listOpenReferences, type RemoteReferences } from './remote.ts'
import { listReferences, type Reference } from './refs.ts'
import { hasRemote, type WithRemote, type Repository } from './repository.ts'
import type { GitPlace } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** What branches and pull requests that share a tip change of a file. */
export interface OpenReference {
  /** As the remote calls them: `refs/heads/…`, `refs/pull/<number>/head`. */
  readonly names: readonly string[]
  readonly commit: string
  /** Who is said to have made the newest commit of the line that is no merge, and when. */
  readonly made: Made
  /** Where its line left the base; null: it has nothing in common with it. */
  readonly mergeBase: string | null
  /** The file there; the same object for all that follow each other with the same content. */
  readonly before: FileState
  /** The file at the tip. */
  readonly after: FileState
}

/** Fetches without blobs where the remote can do that, else with; no setting of the clone changes. */
const withoutBlobs = (remote: string): readonly string[] =>
  [`remote.${remote}.promisor=true`, `remote.${remote}.partialclonefilter=blob:none`].flatMap(
    (setting) => ['-c', setting],
  )

/**
 * What branches and pull requests of the remote (without one: the branches here) change of a file,
 * compared with where their line left the base: those that the base contains, and those that leave
 * the file as it was, do not come.
 *
 * But those come that left the base when it had no such file yet, as absent: they may have another in
 * its place, somewhere else.
 *
 * However many there are, it takes a handful of git processes and one content at a time. Of what
 * strangers propose, only this file is fetched, into a folder of its own beside the objects of the
 * repository.
 *
 * @param base.commit its tip
 * @param base.references what the remote answered together with that; left out: it is asked now
 * @param file.path relative to the data repository
 * @param file.limit bytes above which it is `too-large`
 * @param file.deepens false: a shallow clone stays as it is, and those do not come of which it does
 *   not tell where they left the base
 * @throws DM_GIT_REMOTE_UNREACHABLE, DM_GIT_FETCH_FAILED, DM_GIT_SHALLOW
 */
export async function* readOpenReferences(
  repository: Repository,
  base: { readonly commit: string; readonly references?: RemoteReferences | undefined },
  file: { readonly path: string; readonly limit: number; readonly deepens: boolean },
  signal?: AbortSignal,
): AsyncGenerator<OpenReference> {
  const { commit: tip } = base
  verifyCommitHash(tip)
  const fullPath = pathFromRoot(repository.prefix, file.path)
  const { place, references } = hasRemote(repository)
    ? await fetchOpen(repository, base, signal)
    : { place: repository, references: await listReferences(repository, ['refs/heads'], signal) }
  const namesOf = Map.groupBy(references, ({ commit }) => commit)
  const commits = [...namesOf.keys()]
  const tips = await findMergeBases(repository, place, { base: tip, tips: commits }, file, signal)
  const changes = await findChanges(place, tips, fullPath, signal)
  changes.push(...(await findOlder(place, tip, tips, changes, fullPath, signal)))
  if (hasRemote(repository)) await fetchBlobs(repository, place, changes, signal)
  const blobs = openBlobs(place, signal)
  try {
    let last: { readonly side: Side; readonly state: FileState } | null = null
    for (const {
      tip: { commit, made, mergeBase },
      before,
      after,
    } of changes) {
      if (last?.side.blob !== before.blob || last.side.kind !== before.kind)
        last = { side: before, state: await stateOf(before, blobs, file.limit) }
      const names = namesOf.get(commit)?.map(({ name }) => name) ?? []
      const now = await stateOf(after, blobs, file.limit)
      yield { names, commit, made, mergeBase, before: last.state, after: now }
    }
  } finally {
    blobs.close()
  }
}

async function stateOf({ kind, blob }: Side, blobs: BlobReader, limit: number): Promise<FileState> {
  return kind === 'file' ? blobs.read(blob, limit) : { state: kind }
}

/** Fetches what is open on the remote; what vanishes in between is left out. */
async function fetchOpen(
  repository: WithRemote,
  base: { readonly commit: string; readonly references?: RemoteReferences | undefined },
  signal: AbortSignal | undefined,
): Promise<{ place: GitPlace; references: readonly Reference[] }> {
  const place = await besideObjects(repository).catch((error: Error) => {
    const context = { remote: repository.remote, detail: error.message }
    throw new DmError('DM_GIT_FETCH_FAILED', context, { cause: error })
  })
  let known = base.references
  for (let isLast = false; ; isLast = true) {
    const found = known ?? (await listOpenReferences(repository, signal))
    known = undefined
    const references = Array.from(found, ([name, commit]) => ({ name, commit }))
    // The base's own is here.
    const commits = [...new Set(found.values())].filter((commit) => commit !== base.commit)
    try {
      await fetchObjects(repository, place, commits, signal)
      return { place, references }
    } catch (error) {
      if (isLast || signal?.aborted === true) throw error
    }
  }
}

async function fetchBlobs(
  repository: WithRemote,
  place: GitPlace,
  changes: readonly FileChange[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const sides = changes.flatMap(({ before, after }) => [before, after])
  const blobs = sides.flatMap(({ kind, blob }) => (kind === 'file' ? [blob] : []))
  // What the remote does not give is told as unreadable.
  await fetchObjects(repository, place, [...new Set(blobs)], signal).catch(() => undefined)
  signal?.throwIfAborted()
}

async function fetchObjects(
  repository: WithRemote,
  place: GitPlace,
  hashes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (hashes.length === 0) return
  const settings = withoutBlobs(repository.remote)
  await fetch({ ...repository, ...place }, hashes, { settings, signal })
}

/**
 * The repository with a folder for objects that git writes to before the repository's own, so that
 * objects that lack others never get among those: no other git would understand why.
 */
async function besideObjects({ commonDir, cwd, env }: Repository): Promise<GitPlace> {
  const parent = path.join(commonDir, 'datamanager')
  const folder = path.join(parent, 'references')
  const packs = await readdir(path.join(folder, 'pack')).catch(() => null)
  if (packs !== null && packs.length > mostFiles) await rm(folder, { recursive: true, force: true })
  if (packs === null || packs.length > mostFiles) {
    await mkdir(parent, { recursive: true })
    const made = await mkdtemp(path.join(parent, 'references-'))
    for (const name of ['info', 'pack']) await mkdir(path.join(made, name))
    await writeFile(path.join(made, 'info', 'alternates'), '../../objects\n')
    // Another run may have been faster.
    await rename(made, folder).catch(() => rm(made, { recursive: true, force: true }))
  }
  return { cwd, env: { ...env, GIT_OBJECT_DIRECTORY: folder } }
}

/** Nobody cleans that folder up, so it begins anew now and then. */
const mostFiles = 200
