import { DmError, isDmError } from '../errors/dm-error.ts'
import { listBranches } from './remote.ts'
import { resolveRef } from './refs.ts'
import type { Repository, WithRemote } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyBranchName } from './verify-names.ts'
import { verifyNotCheckedOut } from './work-trees.ts'

/** A branch, and the tip that it must have. */
export interface Deletion {
  readonly branch: string
  readonly expected: string
}

export type DeletionOutcome =
  | { readonly outcome: 'deleted' | 'moved' }
  | { readonly outcome: 'refused'; readonly detail: string }

/** As long as a push may take, in milliseconds. */
const timeoutMs = 10 * 60_000

/**
 * Deletes a branch of the remote that is still where it was expected. What has come of it is found
 * by looking at the remote. Once begun it is not interrupted.
 *
 * @throws DM_GIT_PUSH_UNKNOWN where the remote cannot be asked any more
 */
export async function deleteRemoteBranch(
  repository: WithRemote,
  { branch, expected }: Deletion,
  signal?: AbortSignal,
): Promise<DeletionOutcome> {
  await verifyBranchName(repository, branch)
  signal?.throwIfAborted()
  const { remote } = repository
  const ref = `refs/heads/${branch}`
  const args = ['push', '--no-verify', '--no-follow-tags', '--porcelain']
  const lease = `--force-with-lease=${ref}:${expected}`
  const { code, stdout, stderr } = await runGit(
    repository,
    [...args, lease, '--end-of-options', remote, `:${ref}`],
    { timeoutMs },
  )
  if (code === 0) return { outcome: 'deleted' }
  const reasons = stdout
    .toString()
    .split('\n')
    .flatMap((line) => (line.startsWith('!\t') ? [line.split('\t')[2] ?? ''] : []))
  const detail = [...reasons, stderr].join('\n').trim()
  const tip = await tipOf(repository, { branch, detail })
  if (tip === undefined) return { outcome: 'deleted' }
  return tip === expected ? { outcome: 'refused', detail } : { outcome: 'moved' }
}

async function tipOf(
  repository: WithRemote,
  { branch, detail }: { branch: string; detail: string },
): Promise<string | undefined> {
  try {
    return (await listBranches(repository)).get(`refs/heads/${branch}`)
  } catch (error) {
    if (!isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')) throw error
    const context = { branch, remote: repository.remote, detail }
    throw new DmError('DM_GIT_PUSH_UNKNOWN', context, { cause: error })
  }
}

/**
 * Deletes a local branch that is still where it was expected.
 *
 * @throws DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_WORK_TREE_BUSY, DM_GIT_REF_LOCKED
 */
export async function deleteLocalBranch(
  repository: Repository,
  { branch, expected }: Deletion,
  signal?: AbortSignal,
): Promise<DeletionOutcome> {
  await verifyNotCheckedOut(repository, branch, signal)
  const ref = `refs/heads/${branch}`
  signal?.throwIfAborted()
  const args = ['update-ref', '-d', ref, expected]
  const { code, stderr } = await runGit(repository, args)
  if (code === 0) return { outcome: 'deleted' }
  const tip = await resolveRef(repository, ref)
  if (tip === null) return { outcome: 'deleted' }
  if (tip !== expected) return { outcome: 'moved' }
  throw new DmError('DM_GIT_REF_LOCKED', { branch, detail: stderr })
}
