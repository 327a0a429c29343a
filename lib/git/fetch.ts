import { DmError } from '../errors/dm-error.ts'
import type { WithRemote } from './list-remote.ts'
import { runGit } from './run-git.ts'

/**
 * Fetches exactly these refspecs from the remote: no tags, no submodules, no FETCH_HEAD, and no
 * reference besides the ones named, whatever the remote's configured refspecs are.
 *
 * Throws DM_GIT_REMOTE_UNREACHABLE with git's words.
 */
export async function fetch(
  repository: WithRemote,
  refspecs: readonly string[],
  { options = [], signal }: { options?: readonly string[]; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { remote } = repository
  const only = ['--no-tags', '--refmap=', '--no-write-fetch-head', '--recurse-submodules=no']
  const pruning = options.includes('--prune') ? [] : ['--no-prune']
  const args = ['fetch', '--quiet', '--no-auto-maintenance', ...only, ...pruning, ...options]
  const { code, stderr } = await runGit(
    repository,
    [...args, '--end-of-options', remote, ...refspecs],
    { signal },
  )
  if (code !== 0) throw new DmError('DM_GIT_REMOTE_UNREACHABLE', { remote, detail: stderr })
}
