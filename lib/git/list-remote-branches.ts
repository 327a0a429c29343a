import type { Reference } from './list-references.ts'
import { hasRemote, listRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'

/**
 * What the remote has right now: its branches (`refs/heads/…`) and, where the forge shows them, the
 * heads of its pull requests (`refs/pull/<number>/head`). Empty without a remote.
 *
 * Fetches nothing: the commits need not be here. Throws DM_GIT_REMOTE_UNREACHABLE.
 */
export async function listRemoteBranches(
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly Reference[]> {
  if (!hasRemote(repository)) return []
  const found = await listRemote(repository, ['refs/heads/*', 'refs/pull/*/head'], signal)
  return Array.from(found, ([name, commit]) => ({ name, commit })).filter(({ name }) =>
    /^refs\/(?:heads\/.|pull\/\d+\/head$)/.test(name),
  )
}
