import { DmError } from '../errors/dm-error.ts'
import { baseRef } from './base-ref.ts'
import { listReferences } from './list-references.ts'
import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'

/**
 * The commit at the base: as last fetched, or the local branch where there is no remote.
 *
 * null only where nothing has been committed yet, neither here nor on the remote (as last fetched).
 * Throws DM_GIT_NO_BASE where there are commits but no such branch.
 */
export async function readBase(
  repository: Repository,
  signal?: AbortSignal,
): Promise<string | null> {
  const commit = await resolveRef(repository, baseRef(repository), signal)
  if (commit !== null) return commit
  const { base, remote } = repository
  const local = await listReferences(repository, ['refs/heads'], signal)
  const tracked =
    remote === null ? [] : await listReferences(repository, [`refs/remotes/${remote}`], signal)
  // Proposals may be all there is: the first one begins the history.
  const isOther = ({ name }: { name: string }): boolean =>
    !/^refs\/(?:heads|remotes\/[^/]+)\/data\//.test(name)
  const head = await resolveRef(repository, 'HEAD', signal)
  if (head === null && !local.some(isOther) && !tracked.some(isOther)) return null
  const there = remote === null ? local : tracked
  const namespace = remote === null ? 'refs/heads/' : `refs/remotes/${remote}/`
  const branches = there.map(({ name }) => name.slice(namespace.length))
  const localBase = local.some(({ name }) => name === `refs/heads/${base}`)
  throw new DmError('DM_GIT_NO_BASE', { base, remote, branches, localBase })
}
