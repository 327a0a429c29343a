import { fetch } from './fetch.ts'
import { listReferences, type Reference } from './list-references.ts'
import { hasRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'

const heads = 'refs/datamanager/heads/'
const pulls = 'refs/datamanager/pull/'

/**
 * Fetches everything that may propose a change, and returns it under the names that the remote
 * uses: `refs/heads/…`, `refs/pull/<number>/head`. With them: the local branches, as
 * `refs/heads/…`, so that a name can come twice; without a remote, only these.
 *
 * Kept under `refs/datamanager/`, what the remote no longer has removed. Throws
 * DM_GIT_REMOTE_UNREACHABLE.
 */
export async function fetchAllReferences(
  repository: Repository,
  signal?: AbortSignal,
): Promise<readonly Reference[]> {
  const local = await listReferences(repository, ['refs/heads'], signal)
  if (!hasRemote(repository)) return local
  const refspecs = [`+refs/heads/*:${heads}*`, `+refs/pull/*/head:${pulls}*`]
  await fetch(repository, refspecs, { options: ['--prune'], signal })
  const fetched = await listReferences(repository, [heads, pulls], signal)
  return [...fetched.map(withRemoteName), ...local]
}

function withRemoteName({ name, commit }: Reference): Reference {
  if (name.startsWith(heads)) return { name: `refs/heads/${name.slice(heads.length)}`, commit }
  return { name: `refs/pull/${name.slice(pulls.length)}/head`, commit }
}
