import { readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'
import { verifyCommitHash } from './verify-names.ts'

/**
 * The commits that references of this repository point to and that are in the history of `tip`
 * already: branches that were merged and never deleted, and what has fallen behind.
 */
export async function listMergedTips(
  place: GitPlace,
  tip: string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  verifyCommitHash(tip)
  const args = ['for-each-ref', '--format=%(objectname)', `--merged=${tip}`]
  return new Set((await readGitText(place, args, { signal })).split('\n'))
}
