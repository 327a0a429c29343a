import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyCommitHash } from './verify-names.ts'

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
