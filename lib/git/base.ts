import { DmError } from '../errors/dm-error.ts'
import { baseRef, hasRemote, type Repository, type WithRemote } from './repository.ts'
import { fetch, listBranches, listOpenReferences, type RemoteReferences } from './remote.ts'
import { listReferences, resolveRef } from './refs.ts'
import { readGit } from './read-git.ts'

export type FetchedBase =
  /** The remote-tracking ref of the base is at the remote's tip now. */
  | ({ readonly state: 'fetched'; readonly commit: string } & Answer)
  /** The remote answers and has no such branch; `readBaseCommit` says what that means. */
  | ({ readonly state: 'no-branch' } & Answer)
  | { readonly state: 'no-remote' }

/** What the remote has. */
export interface Answer {
  readonly branches: RemoteReferences
  /** With the heads of pull requests; left out where they were not asked for. */
  readonly references?: RemoteReferences | undefined
}

/**
 * Brings the base's remote-tracking ref up to date; costs one question where it already is.
 *
 * `branches` is what the remote answered, all of it: `fetchBranch` can go on with that, and with
 * `references` `readOpenReferences`, of one moment with the base. Works in
 * single-branch, shallow and blobless clones. A ref of a branch that the remote no longer
 * has is removed. Throws DM_GIT_REMOTE_UNREACHABLE, DM_GIT_FETCH_FAILED.
 */
export async function fetchBaseCommit(
  repository: Repository,
  signal?: AbortSignal,
  { withPullRequests = false }: { readonly withPullRequests?: boolean } = {},
): Promise<FetchedBase> {
  if (!hasRemote(repository)) return { state: 'no-remote' }
  const source = `refs/heads/${repository.base}`
  const ref = baseRef(repository)
  const answer = await (withPullRequests ? askForAll : askForBranches)(repository, signal)
  const { branches } = answer
  const tip = branches.get(source)
  const known = await resolveRef(repository, ref, signal)
  if (tip === undefined) {
    if (known !== null) await readGit(repository, ['update-ref', '-d', ref, known], { signal })
    return { state: 'no-branch', ...answer }
  }
  if (tip === known) return { state: 'fetched', commit: tip, ...answer }
  await fetch(repository, [`+${source}:${ref}`], { signal })
  const commit = await resolveRef(repository, ref, signal)
  return commit === null
    ? { state: 'no-branch', ...answer }
    : { state: 'fetched', commit, ...answer }
}

async function askForBranches(repository: WithRemote, signal?: AbortSignal): Promise<Answer> {
  return { branches: await listBranches(repository, signal) }
}

async function askForAll(repository: WithRemote, signal?: AbortSignal): Promise<Answer> {
  const references = await listOpenReferences(repository, signal)
  const branches = new Map([...references].filter(([name]) => name.startsWith('refs/heads/')))
  return { branches, references }
}

/**
 * The commit at the base: as last fetched, or the local branch where there is no remote.
 *
 * null only where nothing has been committed yet, neither here nor on the remote (as last fetched).
 * Throws DM_GIT_NO_BASE where there are commits but no such branch.
 */
export async function readBaseCommit(
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
