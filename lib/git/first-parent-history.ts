import type { Repository } from './repository.ts'
import { readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** A commit of a branch's own line that changed a file. */
export interface HistoryEntry {
  readonly commit: string
  readonly parents: readonly string[]
  readonly subject: string
  /** Of a merge commit: the subject of what was merged (the second parent); else null. */
  readonly mergedSubject: string | null
  /** When it was committed. */
  readonly time: Date
}

/**
 * The commits on the first-parent line of `tip` that changed the file, newest first.
 *
 * `path` is relative to the data repository. In a shallow clone the oldest commit counts as having
 * made every file: see `ensureFullHistory`.
 */
export async function firstParentHistory(
  repository: Repository,
  tip: string,
  path: string,
  signal?: AbortSignal,
): Promise<readonly HistoryEntry[]> {
  verifyCommitHash(tip)
  const fullPath = pathFromRoot(repository.prefix, path)
  const format = '--format=%H%x00%P%x00%ct%x00%s'
  const args = ['rev-list', '--first-parent', '--no-commit-header', format, tip, '--', fullPath]
  const text = await readGitText(repository, args, { signal })
  const rows = text === '' ? [] : text.split('\n').map(parseRow)
  const merged = rows.flatMap(({ parents }) => parents.slice(1, 2))
  const subjects = await subjectsOf(repository, merged, signal)
  return rows.map((row) =>
    Object.assign(row, { mergedSubject: subjects.get(row.parents[1] ?? '') ?? null }),
  )
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
