import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'
import { verifyBranchName } from './verify-names.ts'

/** The commit at the tip of a local branch, or null where there is none. */
export async function findBranch(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  await verifyBranchName(repository, branch)
  return resolveRef(repository, `refs/heads/${branch}`, signal)
}
