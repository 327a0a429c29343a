import { fetch } from './fetch.ts'
import { hasRemote, listRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'
import { readGit } from './read-git.ts'
import { verifyBranchName } from './verify-names.ts'

/**
 * Fetches one branch of the remote and returns its tip; null where the remote has no such branch or
 * there is no remote.
 *
 * It is kept under `refs/datamanager/branch/`; the user's branches are not touched. Throws
 * DM_GIT_REMOTE_UNREACHABLE.
 */
export async function fetchBranch(
  repository: Repository,
  branch: string,
  signal?: AbortSignal,
): Promise<string | null> {
  await verifyBranchName(repository, branch)
  if (!hasRemote(repository)) return null
  const source = `refs/heads/${branch}`
  // Encoded, so that an old `data` can never be in the way of a new `data/x`.
  const ref = `refs/datamanager/branch/${encodeURIComponent(branch)}`
  const tip = (await listRemote(repository, [source], signal)).get(source)
  const known = await resolveRef(repository, ref, signal)
  if (tip === known) return known
  if (tip === undefined) {
    if (known !== null) await readGit(repository, ['update-ref', '-d', ref, known], { signal })
    return null
  }
  await fetch(repository, [`+${source}:${ref}`], { signal })
  return resolveRef(repository, ref, signal)
}
