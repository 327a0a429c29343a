import type { Repository } from './repository.ts'
import { readGitText } from './read-git.ts'
import type { Identity } from './verify-identity.ts'
import { verifyCommitHash } from './verify-names.ts'

/** The author of a commit, as the commit itself says. */
export async function authorOf(
  repository: Repository,
  commit: string,
  signal?: AbortSignal,
): Promise<Identity> {
  verifyCommitHash(commit)
  const args = ['rev-list', '--no-walk', '--no-commit-header', '--format=%an%x00%ae', commit]
  const [name = '', email = ''] = (await readGitText(repository, args, { signal })).split('\0')
  return { name, email }
}
