import { DmError } from '../errors/dm-error.ts'
import { hasRemote, listRemote, type WithRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'

export interface FetchOptions {
  /** Of `git fetch`. */
  readonly options?: readonly string[]
  /** `-c <name>=<value>` pairs, as words. */
  readonly settings?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches exactly these refspecs from the remote: no tags, no submodules, no FETCH_HEAD, and no
 * reference besides the ones named, whatever the remote's configured refspecs are.
 *
 * Throws DM_GIT_REMOTE_UNREACHABLE, or DM_GIT_FETCH_FAILED where the remote answers all the same; both
 * with git's words.
 */
export async function fetch(
  repository: WithRemote,
  refspecs: readonly string[],
  { options = [], settings = [], signal }: FetchOptions = {},
): Promise<void> {
  const { remote } = repository
  const only = ['--no-tags', '--refmap=', '--no-write-fetch-head', '--recurse-submodules=no']
  const pruning = options.includes('--prune') ? [] : ['--no-prune']
  const args = [
    ...settings,
    'fetch',
    '--quiet',
    '--no-auto-maintenance',
    ...only,
    ...pruning,
    ...options,
  ]
  // On stdin there is room for any number.
  const input = Buffer.from(refspecs.map((refspec) => `${refspec}\n`).join(''))
  const { code, stderr } = await runGit(
    repository,
    [...args, '--stdin', '--end-of-options', remote],
    { input, signal },
  )
  if (code === 0) return
  // The remote, or something here? Only the remote itself can tell.
  await listRemote(repository, ['HEAD'], signal)
  throw new DmError('DM_GIT_FETCH_FAILED', { remote, detail: stderr })
}

/**
 * Fetches objects that a clone without all blobs lacks, in one go: git itself would ask for each.
 *
 * In a complete clone it does nothing. Throws DM_GIT_REMOTE_UNREACHABLE.
 */
export async function fetchMissing(
  repository: Repository,
  hashes: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  if (hasRemote(repository) && repository.isPartial) await fetch(repository, hashes, { signal })
}
