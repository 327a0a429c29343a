import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { runGit } from './run-git.ts'

/** How long the answer to one question may take, in milliseconds. */
const timeoutMs = 60_000

/** A repository that is known to have a remote. */
export type WithRemote = Repository & { readonly remote: string }

/**
 * Asks the remote for its references whose full names match one of the patterns (`*` matches `/`
 * too): name -> commit, in the order of names.
 *
 * Throws DM_GIT_REMOTE_UNREACHABLE with git's words.
 */
export async function listRemote(
  repository: WithRemote,
  patterns: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ['ls-remote', '--quiet', '--end-of-options', repository.remote, ...patterns]
  const { code, stdout, stderr } = await runGit(repository, args, { signal, timeoutMs })
  if (code !== 0) {
    const { remote } = repository
    const detail = code === null ? `no answer within ${timeoutMs / 1000} s` : stderr
    throw new DmError('DM_GIT_REMOTE_UNREACHABLE', { remote, detail })
  }
  const references = new Map<string, string>()
  for (const line of stdout.toString().split('\n')) {
    const [commit, name] = line.split('\t')
    if (commit !== undefined && name !== undefined) references.set(name, commit)
  }
  return references
}

/** Whether the repository has a remote. */
export function hasRemote(repository: Repository): repository is WithRemote {
  return repository.remote !== null
}
