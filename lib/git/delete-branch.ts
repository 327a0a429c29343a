import { DmError } from '../errors/dm-error.ts'
import { pushCommit } from './push-commit.ts'
import { resolveRef } from './refs.ts'
import type { Repository, WithRemote } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyNotCheckedOut } from './work-trees.ts'

/** A branch, and the tip that it must have. */
export interface BranchDeletion {
  readonly branch: string
  readonly expected: string
}

export type DeletionOutcome =
  | { readonly outcome: 'deleted' | 'moved' }
  | { readonly outcome: 'refused'; readonly detail: string }

/**
 * Deletes a branch of the remote that is still where it was expected; as `pushCommit`.
 *
 * @throws DM_GIT_PUSH_UNKNOWN where the remote cannot be asked any more
 */
export async function deleteRemoteBranch(
  repository: WithRemote,
  { branch, expected }: BranchDeletion,
  signal?: AbortSignal,
): Promise<DeletionOutcome> {
  const pushed = await pushCommit(repository, { commit: null, branch, expected }, signal)
  if (pushed.outcome === 'refused') return { outcome: 'refused', detail: pushed.detail }
  return { outcome: pushed.outcome === 'pushed' ? 'deleted' : 'moved' }
}

/**
 * Deletes a local branch that is still where it was expected.
 *
 * @throws DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_WORK_TREE_BUSY, DM_GIT_REF_LOCKED
 */
export async function deleteLocalBranch(
  repository: Repository,
  { branch, expected }: BranchDeletion,
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
