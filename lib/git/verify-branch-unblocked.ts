import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { listReferences } from './list-references.ts'
import { verifyBranchName } from './verify-names.ts'

/**
 * Throws DM_GIT_BRANCH_BLOCKED where git cannot make the branch because of another one's name:
 * `data` is in the way of `data/x`, and `data/x` of `data`.
 *
 * `remoteBranches`: the full names that the remote has (`listRemoteBranches`), where the branch is
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
