import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type BlobReader, type FileState, openBlobs } from './blob-reader.ts'
import { cutCommits, deepen } from './deepen.ts'
import { fetch } from './fetch.ts'
import { listReferences, type Reference } from './list-references.ts'
import { listRemoteBranches } from './list-remote-branches.ts'
import { hasRemote, type WithRemote } from './list-remote.ts'
import { gitLines, readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'
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

interface Tip {
  readonly commit: string
  readonly tree: string
  readonly time: Date
  mergeBase: string | null
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

/** How far a shallow clone is deepened, step by step, where a line leaves the base further back. */
const deepening = [50, 500, 'all'] as const

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
 * However many there are, it takes a handful of git processes and one content at a time. Of what
 * strangers propose, only this file is fetched, into a folder of its own beside the objects of the
 * repository.
 *
 * @param tip of the base
 * @param file.path relative to the data repository
 * @param file.limit bytes above which it is `too-large`
 * @throws DM_GIT_REMOTE_UNREACHABLE, DM_GIT_SHALLOW
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
  const place = await besideObjects(repository)
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

/** Those of the tips that the base does not contain, with the commit where their line left it. */
async function findMergeBases(
  repository: Repository,
  place: GitPlace,
  base: string,
  tips: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Tip[]> {
  for (const by of [...deepening, null]) {
    const { open, edges } = await walkOpen(place, base, tips, signal)
    const isCut = (await cutCommits(repository)).size > 0
    if (by === null || !isCut || open.every(({ commit }) => edges.get(commit)?.size !== 0)) {
      await chooseMergeBases(place, open, edges, signal)
      return open
    }
    await deepen(repository, by, signal)
  }
  return []
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>

/** Of each commit that the base does not contain: the commits of the base that its lines begin at. */
async function walkOpen(
  place: GitPlace,
  base: string,
  tips: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ open: Tip[]; edges: Edges }> {
  const edges = new Map<string, ReadonlySet<string>>()
  const wanted = new Set(tips)
  const open: Tip[] = []
  const format = ['--no-commit-header', '--format=%H %T %ct %P']
  const args = ['rev-list', '--topo-order', '--reverse', ...format, '--stdin']
  const input = Buffer.from([...tips, `^${base}`].map((word) => `${word}\n`).join(''))
  for await (const lines of gitLines(place, args, { input, signal })) {
    for (const line of lines) {
      const [commit = '', tree = '', seconds, ...parents] = line.trimEnd().split(' ')
      const found = parents.map((parent) => edges.get(parent) ?? new Set([parent]))
      // A line of commits shares one set.
      edges.set(commit, found.length === 1 && found[0] !== undefined ? found[0] : union(found))
      if (!wanted.has(commit)) continue
      open.push({ commit, tree, time: new Date(Number(seconds) * 1000), mergeBase: null })
    }
  }
  return { open, edges }
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]))
}

/** Where a line met the base more than once, the newest counts: no other contains it. */
async function chooseMergeBases(
  place: GitPlace,
  tips: readonly Tip[],
  edges: Edges,
  signal: AbortSignal | undefined,
): Promise<void> {
  const several = union(tips.flatMap(({ commit }) => edges.get(commit) ?? []).filter(isSeveral))
  const order = await newestFirst(place, several, signal)
  for (const tip of tips) {
    const found = edges.get(tip.commit) ?? new Set()
    const [only = null] = found
    tip.mergeBase = found.size < 2 ? only : (order.find((commit) => found.has(commit)) ?? only)
  }
}

const isSeveral = (set: ReadonlySet<string>): boolean => set.size > 1

/** The commits, none before one that contains it. */
async function newestFirst(
  place: GitPlace,
  commits: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const order: string[] = []
  if (commits.size === 0) return order
  const input = Buffer.from([...commits].map((commit) => `${commit}\n`).join(''))
  for await (const lines of gitLines(place, ['rev-list', '--topo-order', '--stdin'], {
    input,
    signal,
  })) {
    order.push(...lines.filter((commit) => commits.has(commit)))
    if (order.length === commits.size) break
  }
  return order
}

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

const isOrphan = ({ mergeBase }: Tip): boolean => mergeBase === null

function emptyTree(place: GitPlace, signal: AbortSignal | undefined): Promise<string> {
  const args = ['hash-object', '-t', 'tree', '--stdin']
  return readGitText(place, args, { input: Buffer.alloc(0), signal })
}

function side(mode: string, blob: string, known: Side = { kind: 'absent', blob }): Side {
  if (mode === '000000') return known
  return { kind: mode.startsWith('100') ? 'file' : 'other', blob }
}
