import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { type BlobReader, type FileState, openBlobs } from './read-file.ts'
import { findMergeBases, type Tip } from './merge-bases.ts'
import { fetch, listRemoteBranches } from './remote.ts'
import { listReferences, type Reference } from './refs.ts'
import { hasRemote, type WithRemote, type Repository } from './repository.ts'
import { gitLines, readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** What branches and pull requests that share a tip change of a file. */
export interface OpenReference {
  /** As the remote calls them: `refs/heads/…`, `refs/pull/<number>/head`. */
  readonly names: readonly string[]
  readonly commit: string
  /** When the commit is said to have been made. */
  readonly time: Date
  /** Where its line left the base; null: it has nothing in common with it. */
  readonly mergeBase: string | null
  /** The file there; the same object for all that follow each other with the same content. */
  readonly before: FileState
  /** The file at the tip. */
  readonly after: FileState
}

interface Change {
  readonly tip: Tip
  readonly before: Side
  readonly after: Side
}

interface Side {
  readonly kind: 'file' | 'absent' | 'other'
  readonly blob: string
}

/** Fetches without blobs where the remote can do that, else with; no setting of the clone changes. */
const withoutBlobs = (remote: string): readonly string[] =>
  [`remote.${remote}.promisor=true`, `remote.${remote}.partialclonefilter=blob:none`].flatMap(
    (setting) => ['-c', setting],
  )

/**
 * What branches and pull requests of the remote (without one: the branches here) change of a file,
 * compared with where their line left the base: those that the base contains, and those that leave
 * the file as it was, do not come. Asked of the remote now.
 *
 * But those come that left the base when it had no such file yet, as absent: they may have another in
 * its place, somewhere else.
 *
 * However many there are, it takes a handful of git processes and one content at a time. Of what
 * strangers propose, only this file is fetched, into a folder of its own beside the objects of the
 * repository.
 *
 * @param tip of the base
 * @param file.path relative to the data repository
 * @param file.limit bytes above which it is `too-large`
 * @throws DM_GIT_REMOTE_UNREACHABLE, DM_GIT_FETCH_FAILED, DM_GIT_SHALLOW
 */
export async function* readOpenReferences(
  repository: Repository,
  tip: string,
  file: { readonly path: string; readonly limit: number },
  signal?: AbortSignal,
): AsyncGenerator<OpenReference> {
  verifyCommitHash(tip)
  const fullPath = pathFromRoot(repository.prefix, file.path)
  const { place, references } = hasRemote(repository)
    ? await fetchOpen(repository, signal)
    : { place: repository, references: await listReferences(repository, ['refs/heads'], signal) }
  const namesOf = Map.groupBy(references, ({ commit }) => commit)
  const tips = await findMergeBases(repository, place, tip, [...namesOf.keys()], signal)
  const changes = await findChanges(place, tips, fullPath, signal)
  changes.push(...(await findOlder(place, tip, tips, changes, fullPath, signal)))
  if (hasRemote(repository)) await fetchBlobs(repository, place, changes, signal)
  const blobs = openBlobs(place, signal)
  try {
    let last: { readonly side: Side; readonly state: FileState } | null = null
    for (const {
      tip: { commit, time, mergeBase },
      before,
      after,
    } of changes) {
      if (last?.side.blob !== before.blob || last.side.kind !== before.kind)
        last = { side: before, state: await stateOf(before, blobs, file.limit) }
      const names = namesOf.get(commit)?.map(({ name }) => name) ?? []
      const now = await stateOf(after, blobs, file.limit)
      yield { names, commit, time, mergeBase, before: last.state, after: now }
    }
  } finally {
    blobs.close()
  }
}

async function stateOf({ kind, blob }: Side, blobs: BlobReader, limit: number): Promise<FileState> {
  return kind === 'file' ? blobs.read(blob, limit) : { state: kind }
}

/** Lists what is open on the remote and fetches it; what vanishes in between is left out. */
async function fetchOpen(
  repository: WithRemote,
  signal: AbortSignal | undefined,
): Promise<{ place: GitPlace; references: readonly Reference[] }> {
  const place = await besideObjects(repository).catch((error: Error) => {
    const context = { remote: repository.remote, detail: error.message }
    throw new DmError('DM_GIT_FETCH_FAILED', context, { cause: error })
  })
  for (let isLast = false; ; isLast = true) {
    const references = await listRemoteBranches(repository, signal)
    const commits = [...new Set(references.map(({ commit }) => commit))]
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
  changes: readonly Change[],
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

/**
 * What the tips change of the file, those with the same content before it together.
 *
 * `diff-tree --stdin` answers `<commit> <other>` with the difference between the two, as it would
 * of a commit and its parent, and `<tree> <tree>`; of what does not differ it says nothing.
 */
async function findChanges(
  place: GitPlace,
  tips: readonly Tip[],
  fullPath: string,
  signal: AbortSignal | undefined,
): Promise<Change[]> {
  if (tips.length === 0) return []
  const orphans = Map.groupBy(tips.filter(isOrphan), ({ tree }) => tree)
  const empty = orphans.size === 0 ? '' : await emptyTree(place, signal)
  const questions = [
    ...tips.filter((tip) => !isOrphan(tip)).map((tip) => `${tip.commit} ${tip.mergeBase}\n`),
    ...Array.from(orphans.keys(), (tree) => `${empty} ${tree}\n`),
  ]
  const byCommit = new Map(tips.map((tip) => [tip.commit, [tip]]))
  const changes = new Map<Tip, Change>()
  let current: readonly Tip[] = []
  let difference: RegExpExecArray | null = null
  // `-t`: a folder in the place of the file has a line of its own, beside that of the file.
  const args = ['diff-tree', '--stdin', '-r', '-t', '-z', '--no-renames', '--no-abbrev']
  const input = Buffer.from(questions.join(''))
  for await (const tokens of gitLines(place, [...args, '--', fullPath], {
    input,
    end: '\0',
    signal,
  })) {
    for (const token of tokens) {
      if (difference !== null) {
        const [, oldMode = '', newMode = '', before = '', after = ''] = difference
        difference = null
        if (token !== fullPath) continue
        for (const tip of current) {
          const known = changes.get(tip)
          changes.set(tip, {
            tip,
            before: side(oldMode, before, known?.before),
            after: side(newMode, after, known?.after),
          })
        }
        continue
      }
      // The head of two trees is a line, that of a commit ends with NUL.
      const [, tree, rest = token] = /^(?:[0-9a-f]+ ([0-9a-f]+)\n)+(.*)$/s.exec(token) ?? []
      if (tree !== undefined) current = orphans.get(tree) ?? []
      difference = /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) \w$/.exec(rest)
      if (difference === null) current = byCommit.get(rest) ?? []
    }
  }
  return [...changes.values()].toSorted((a, b) => a.before.blob.localeCompare(b.before.blob))
}

/** Of the tips that leave the file as it was: those that left the base before it was there. */
async function findOlder(
  place: GitPlace,
  base: string,
  tips: readonly Tip[],
  changes: readonly Change[],
  fullPath: string,
  signal: AbortSignal | undefined,
): Promise<Change[]> {
  const changed = new Set(changes.map(({ tip }) => tip))
  const others = Map.groupBy(
    tips.filter((tip) => !changed.has(tip)),
    ({ mergeBase }) => mergeBase,
  )
  const forks = [...others].flatMap(([fork, [first]]) =>
    fork === null || fork === base || first === undefined
      ? []
      : [{ ...first, commit: fork, mergeBase: base }],
  )
  const differences = await findChanges(place, forks, fullPath, signal)
  return differences
    .filter(({ before, after }) => before.kind === 'file' && after.kind !== 'file')
    .flatMap(({ tip: { commit }, after }) =>
      (others.get(commit) ?? []).map((tip) => ({ tip, before: after, after })),
    )
}

const isOrphan = ({ mergeBase }: Tip): boolean => mergeBase === null

function emptyTree(place: GitPlace, signal: AbortSignal | undefined): Promise<string> {
  const args = ['hash-object', '-t', 'tree', '--stdin']
  return readGitText(place, args, { input: Buffer.alloc(0), signal })
}

function side(mode: string, blob: string, known: Side = { kind: 'absent', blob }): Side {
  if (mode === '000000') return known
  return { kind: mode.startsWith('100') ? 'file' : 'other', blob }
}
