import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyCommitHash } from './verify-names.ts'

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
