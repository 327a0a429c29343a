import { DmError } from '../errors/dm-error.ts'
import { hasRemote } from '../git/list-remote.ts'
import { pushCommit } from '../git/push-commit.ts'
import type { Repository } from '../git/repository.ts'
import type { Proposal } from './plan-proposal.ts'

/**
 * Pushes the commit of a proposal to its branch on the remote.
 *
 * @throws DM_BRANCH_MOVED, DM_PUSH_REFUSED, DM_GIT_PUSH_UNKNOWN
 */
export async function pushProposal(
  repository: Repository,
  { branch, expected }: Proposal,
  commit: string,
  signal?: AbortSignal,
): Promise<void> {
  if (!hasRemote(repository)) return
  const pushed = await pushCommit(repository, { commit, branch, expected }, signal)
  if (pushed.outcome === 'moved') throw new DmError('DM_BRANCH_MOVED', { branch })
  if (pushed.outcome === 'refused') {
    throw new DmError('DM_PUSH_REFUSED', { branch, detail: pushed.detail.trim() })
  }
}
