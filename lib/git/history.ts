import { DmError } from '../errors/dm-error.ts'
import { type FileState, openBlobs } from './read-file.ts'
import { cutCommits, deepen } from './deepen.ts'
import { fetchMissing } from './remote.ts'
import { gitLines, readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'
import { type GitPlace, runGit } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** A commit of a branch's own line that changed a file. */
export interface HistoryEntry {
  readonly commit: string
  readonly parents: readonly string[]
  readonly subject: string
  /** Of a merge commit: the subject of what was merged; null of any other, or where it merged several. */
  readonly mergedSubject: string | null
  /** When it was committed. */
  readonly time: Date
}

/**
 * The end of what a shallow clone has of a line: of this commit the parents are missing, so nobody
 * knows what it changed. After `deepen`, the walk goes on with it as its tip.
 */
export interface Cut {
  readonly cut: string
}

/**
 * Walks the first-parent line of `tip` back, newest first, over the commits that changed one of the
 * files; only as far as it is read. A merge commit changed what it changes of its first parent.
 *
 * `paths` are relative to the data repository. The last that comes is a `Cut` where the line does not
 * reach its beginning.
 */
export async function* walkFirstParents(
  repository: Repository,
  tip: string,
  paths: readonly string[],
  signal?: AbortSignal,
): AsyncGenerator<HistoryEntry | Cut> {
  verifyCommitHash(tip)
  const fullPaths = paths.map((path) => pathFromRoot(repository.prefix, path))
  const cuts = await cutCommits(repository)
  const args = [
    'rev-list',
    '--first-parent',
    '--no-commit-header',
    '--format=%H%x00%P%x00%ct%x00%s',
  ]
  for await (const lines of gitLines(repository, [...args, tip, '--', ...fullPaths], { signal })) {
    const rows = lines.map(parseRow)
    const merged = rows.flatMap(mergedBy)
    const subjects = await subjectsOf(repository, merged, signal)
    for (const row of rows) {
      if (cuts.has(row.commit)) return yield { cut: row.commit }
      yield { ...row, mergedSubject: subjects.get(mergedBy(row)[0] ?? '') ?? null }
    }
  }
  if (cuts.size === 0) return
  // The commit at which the line is cut may not have the files.
  const ending = ['rev-list', '--first-parent', '--max-parents=0', '--max-count=1', tip]
  const root = await readGitText(repository, ending, { signal })
  if (cuts.has(root)) yield { cut: root }
}

/**
 * Every content that the file ever had in the history of `tip`, whatever line it was on: each once,
 * one at a time, `limit` bytes of memory. A larger one, and one that git has not, is told as such.
 *
 * The history is completed first (see `deepen`).
 */
export async function* walkAllStates(
  repository: Repository,
  tip: string,
  path: string,
  { limit, signal }: { limit: number; signal?: AbortSignal | undefined },
): AsyncGenerator<FileState> {
  verifyCommitHash(tip)
  const fullPath = pathFromRoot(repository.prefix, path)
  await deepen(repository, 'all', signal)
  // Without simplification: the line of a merge that was taken as it was counts too.
  const walk = ['rev-list', '--full-history', '--objects', '--in-commit-order', '--no-object-names']
  const only = ['--filter=object:type=blob', '--filter-provided-objects', '--missing=print']
  const blobs = openBlobs(repository, signal)
  try {
    const args = [...walk, ...only, tip, '--', fullPath]
    for await (const lines of gitLines(repository, args, { signal })) {
      const missing = lines.filter((line) => line.startsWith('?')).map((line) => line.slice(1))
      if (missing.length > 0) await fetchMissing(repository, missing, signal)
      for (const line of lines) yield await blobs.read(line.replace('?', ''), limit)
    }
  } finally {
    blobs.close()
  }
}

function mergedBy({ parents }: Pick<HistoryEntry, 'parents'>): readonly string[] {
  return parents.length === 2 ? parents.slice(1) : []
}

function parseRow(line: string): Omit<HistoryEntry, 'mergedSubject'> {
  const [commit = '', parents = '', seconds = '', subject = ''] = line.split('\0')
  return {
    commit,
    parents: parents === '' ? [] : parents.split(' '),
    subject,
    time: new Date(Number(seconds) * 1000),
  }
}

async function subjectsOf(
  place: GitPlace,
  commits: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  if (commits.length === 0) return new Map()
  const args = ['rev-list', '--no-walk=unsorted', '--ignore-missing', '--no-commit-header']
  const input = Buffer.from(commits.map((commit) => `${commit}\n`).join(''))
  const text = await readGitText(place, [...args, '--format=%H%x00%s', '--stdin'], {
    input,
    signal,
  })
  return new Map(
    text.split('\n').map((line) => {
      const [commit = '', subject = ''] = line.split('\0')
      return [commit, subject]
    }),
  )
}

/** Whether `ancestor` is in the history of `commit`, or is that commit; both must be here. */
export async function isAncestor(
  repository: Repository,
  ancestor: string,
  commit: string,
  signal?: AbortSignal,
): Promise<boolean> {
  verifyCommitHash(ancestor)
  verifyCommitHash(commit)
  const args = ['merge-base', '--is-ancestor', ancestor, commit]
  const { code, stderr } = await runGit(repository, args, { signal })
  if (code === 0 || code === 1) return code === 0
  throw new DmError('DM_GIT_FAILED', { command: 'merge-base', detail: stderr })
}

/** How many commits each of two histories has that the other has not; both must be here. */
export async function countApart(
  repository: Repository,
  a: string,
  b: string,
  signal?: AbortSignal,
): Promise<{ readonly onlyA: number; readonly onlyB: number }> {
  verifyCommitHash(a)
  verifyCommitHash(b)
  const args = ['rev-list', '--count', '--left-right', `${a}...${b}`]
  const [onlyA, onlyB] = (await readGitText(repository, args, { signal })).split('\t')
  return { onlyA: Number(onlyA), onlyB: Number(onlyB) }
}

/** Git knows them without having them. */
const emptyTrees = {
  sha1: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  sha256: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
}

/**
 * Whether two commits differ in no other files than these.
 *
 * @param from null: nothing
 * @param paths relative to the data repository
 */
export async function isOnlyChange(
  repository: Repository,
  [from, to]: readonly [from: string | null, to: string],
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  if (from !== null) verifyCommitHash(from)
  verifyCommitHash(to)
  const before = from ?? (to.length === 40 ? emptyTrees.sha1 : emptyTrees.sha256)
  const known = new Set(paths.map((path) => pathFromRoot(repository.prefix, path)))
  const args = ['diff-tree', '-r', '-z', '--name-only', before, to]
  for await (const names of gitLines(repository, args, { signal, end: '\0' })) {
    if (names.some((name) => !known.has(name))) return false
  }
  return true
}

/** The best common ancestor of two commits, or null where their histories have nothing in common. */
export async function mergeBase(
  repository: Repository,
  a: string,
  b: string,
  signal?: AbortSignal,
): Promise<string | null> {
  verifyCommitHash(a)
  verifyCommitHash(b)
  const { code, stdout, stderr } = await runGit(repository, ['merge-base', a, b], { signal })
  if (code === 0) return stdout.toString().trim()
  if (code === 1) return null
  throw new DmError('DM_GIT_FAILED', { command: 'merge-base', detail: stderr })
}
