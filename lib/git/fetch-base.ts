import { baseRef } from './base-ref.ts'
import { fetch } from './fetch.ts'
import { hasRemote, listRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'
import { readGit } from './read-git.ts'

export type FetchedBase =
  /** The remote-tracking ref of the base is at the remote's tip now. */
  | { readonly state: 'fetched'; readonly commit: string }
  /** The remote answers and has no such branch; `readBase` says what that means. */
  | { readonly state: 'no-branch' }
  | { readonly state: 'no-remote' }

/**
 * Brings the base's remote-tracking ref up to date; costs one question where it already is.
 *
 * Works in single-branch, shallow and blobless clones. A ref of a branch that the remote no longer
 * has is removed. Throws DM_GIT_REMOTE_UNREACHABLE.
 */
export async function fetchBase(
  repository: Repository,
  signal?: AbortSignal,
): Promise<FetchedBase> {
  if (!hasRemote(repository)) return { state: 'no-remote' }
  const source = `refs/heads/${repository.base}`
  const ref = baseRef(repository)
  const tips = await listRemote(repository, [source], signal)
  const tip = tips.get(source)
  const known = await resolveRef(repository, ref, signal)
  if (tip === undefined) {
    if (known !== null) await readGit(repository, ['update-ref', '-d', ref, known], { signal })
    return { state: 'no-branch' }
  }
  if (tip === known) return { state: 'fetched', commit: tip }
  await fetch(repository, [`+${source}:${ref}`], { signal })
  const commit = await resolveRef(repository, ref, signal)
  return commit === null ? { state: 'no-branch' } : { state: 'fetched', commit }
}
