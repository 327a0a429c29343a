import { DmError } from '../errors/dm-error.ts'
import { readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'
import { writeTree } from './write-tree.ts'

export interface NewCommit {
  /** The first one's tree is what the files are put into; none: a first commit. */
  readonly parents: readonly string[]
  /** Path relative to the data repository -> its bytes, or null to delete it. */
  readonly files: ReadonlyMap<string, Buffer | null>
  readonly message: string
  /** When it is said to be written; default: now. */
  readonly date?: Date | undefined
}

/**
 * Writes a commit into the object database and returns its hash; no branch points to it yet.
 *
 * The user's work tree, index and branches are not touched, hooks and filters not run;
 * `commit.gpgsign` is honoured. A file that exists keeps its mode. Throws DM_GIT_PATH_BLOCKED,
 * DM_GIT_SIGNING_FAILED.
 */
export async function writeCommit(
  repository: Repository,
  { parents, files, message, date }: NewCommit,
  signal?: AbortSignal,
): Promise<string> {
  parents.forEach(verifyCommitHash)
  const fullPaths = new Map(
    Array.from(files, ([path, content]) => [pathFromRoot(repository.prefix, path), content]),
  )
  const [tree, signing] = await Promise.all([
    writeTree(repository, parents[0] ?? null, fullPaths, signal),
    isSigning(repository, signal),
  ])
  const args = [
    'commit-tree',
    ...(signing ? ['-S'] : []),
    ...parents.flatMap((hash) => ['-p', hash]),
  ]
  const { code, stdout, stderr } = await runGit(repository, [...args, '-F', '-', tree], {
    input: Buffer.from(message.endsWith('\n') ? message : `${message}\n`),
    env: date === undefined ? {} : dates(date),
    signal,
  })
  if (code === 0) return stdout.toString().trim()
  if (signing) throw new DmError('DM_GIT_SIGNING_FAILED', { detail: stderr })
  throw new DmError('DM_GIT_FAILED', { command: 'commit-tree', detail: stderr })
}

/** `commit-tree` does not look at `commit.gpgsign` itself. */
async function isSigning(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const args = ['config', '--type=bool', '--default', 'false', '--get', 'commit.gpgsign']
  return (await readGitText(repository, args, { signal })) === 'true'
}

function dates(date: Date): Record<string, string> {
  const text = `@${Math.floor(date.getTime() / 1000)} +0000`
  return { GIT_AUTHOR_DATE: text, GIT_COMMITTER_DATE: text }
}

/** Who makes a commit. */
export interface Identity {
  readonly name: string
  readonly email: string
}

/** The author that git would put into a commit; throws DM_GIT_NO_IDENTITY where it would refuse. */
export async function verifyIdentity(
  repository: Repository,
  signal?: AbortSignal,
): Promise<Identity> {
  const [author] = await Promise.all([
    readIdentity(repository, 'GIT_AUTHOR_IDENT', signal),
    readIdentity(repository, 'GIT_COMMITTER_IDENT', signal),
  ])
  return author
}

async function readIdentity(
  repository: Repository,
  variable: string,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  const { stdout, stderr } = await runGit(repository, ['var', variable], { signal })
  // `Name <email> seconds zone`
  const [, name, email] = /^(.*) <([^<>]*)> \d+ [-+]\d+$/.exec(stdout.toString().trim()) ?? []
  if (name !== undefined && email !== undefined) return { name, email }
  throw new DmError('DM_GIT_NO_IDENTITY', { detail: stderr })
}

/**
 * The authors of the commits that a tip has and the base has not, as the commits themselves say. Of
 * merges nobody is: they bring in what others made. First comes who made the newest commit of the
 * tip's own line.
 *
 * @param base null: all that the tip has
 */
export async function authorsOf(
  repository: Repository,
  tip: string,
  base: string | null,
  signal?: AbortSignal,
): Promise<readonly Identity[]> {
  const commits = [tip, ...(base === null ? [] : [base])]
  commits.forEach(verifyCommitHash)
  const range = base === null ? [tip] : [tip, `^${base}`]
  const format = '--format=%H %P%x00%an%x00%ae'
  const args = ['rev-list', '--topo-order', '--no-commit-header', format, ...range]
  const lines = (await readGitText(repository, args, { signal })).split('\n')
  const rows = lines.map((line) => {
    const [hashes = '', name = '', email = ''] = line.split('\0')
    const [commit = '', ...parents] = hashes.trimEnd().split(' ')
    return { commit, parents, author: { name, email } }
  })
  const known = new Map(rows.map((row) => [row.commit, row]))
  let newest = known.get(tip)
  while (newest !== undefined && newest.parents.length > 1) {
    const before = newest.parents.find((parent) => known.has(parent))
    newest = known.get(before ?? '')
  }
  const own = rows.filter(({ commit, parents }) => commit !== '' && parents.length < 2)
  const ordered = own.toSorted((a, b) => Number(b === newest) - Number(a === newest))
  return ordered.map(({ author }) => author)
}
