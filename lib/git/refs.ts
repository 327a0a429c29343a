import { DmError } from '../errors/dm-error.ts'
import { readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'
import { type GitPlace, runGit } from './run-git.ts'
import { verifyBranchName } from './verify-names.ts'

/** The commit that a full reference name (`refs/…`, or `HEAD`) points to, or null. */
export async function resolveRef(
  place: GitPlace,
  ref: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]
  const { code, stdout } = await runGit(place, args, { signal })
  return code === 0 ? stdout.toString().trim() : null
}

/** A reference that points to a commit. */
export interface Reference {
  /** Full name: `refs/…`. */
  readonly name: string
  readonly commit: string
}

/**
 * The references below these namespaces (`refs/heads`), in the order of names.
 *
 * @param notIn leaves out those that this commit has in its history
 */
export async function listReferences(
  place: GitPlace,
  namespaces: readonly string[],
  signal?: AbortSignal,
  notIn: string | null = null,
): Promise<readonly Reference[]> {
  const format = '--format=%(objecttype) %(objectname) %(refname) %(symref)'
  const only = notIn === null ? [] : [`--no-merged=${notIn}`]
  const text = await readGitText(place, ['for-each-ref', format, ...only, ...namespaces], {
    signal,
  })
  return text.split('\n').flatMap((line) => {
    const [type, commit = '', name = '', symbolic] = line.split(' ')
    // `refs/remotes/<remote>/HEAD` only repeats another one.
    return type === 'commit' && symbolic === '' ? [{ name, commit }] : []
  })
}

/** The commit at the tip of a local branch, or null where there is none. */
export async function findBranch(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  await verifyBranchName(repository, branch)
  return resolveRef(repository, `refs/heads/${branch}`, signal)
}

/**
 * Throws DM_GIT_BRANCH_BLOCKED where git cannot make the branch because of another one's name:
 * `data` is in the way of `data/x`, and `data/x` of `data`.
 *
 * `remoteBranches`: the full names that the remote has (`listBranches`), where the branch is
 * made there; left out, the local branches count.
 */
export async function verifyBranchUnblocked(
  repository: Repository,
  branch: string,
  {
    remoteBranches,
    signal,
  }: {
    readonly remoteBranches?: readonly string[] | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<void> {
  await verifyBranchName(repository, branch)
  const names =
    remoteBranches ??
    (await listReferences(repository, ['refs/heads'], signal)).map(({ name }) => name)
  const wanted = `refs/heads/${branch}`
  const blocker = names.find(
    (name) => wanted.startsWith(`${name}/`) || name.startsWith(`${wanted}/`),
  )
  if (blocker === undefined) return
  const remote = remoteBranches === undefined ? null : repository.remote
  const name = blocker.slice('refs/heads/'.length)
  throw new DmError('DM_GIT_BRANCH_BLOCKED', { branch, blocker: name, remote })
}
