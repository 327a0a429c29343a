import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { baseRef, hasRemote, type Repository } from './repository.ts'
import { fetch } from './remote.ts'
import { readGitText } from './read-git.ts'
import { resolveRef } from './refs.ts'

/**
 * Fetches more of the base's history where a shallow clone has cut it off: `by` commits before each
 * one where it ends now, or all. Does nothing where it is complete; no reference is moved.
 *
 * Throws DM_GIT_SHALLOW where no more is to be had: there is no remote, it does not answer, or it is
 * a shallow clone itself.
 */
export async function deepen(
  repository: Repository,
  by: number | 'all',
  signal?: AbortSignal,
): Promise<void> {
  const cuts = await baseCuts(repository, signal)
  if (cuts.length === 0) return
  const { base } = repository
  if (!hasRemote(repository)) throw new DmError('DM_GIT_SHALLOW', { base, detail: '' })
  const options = [by === 'all' ? '--unshallow' : `--deepen=${by}`]
  try {
    await fetch(repository, [`refs/heads/${base}`], { options, signal })
  } catch (error) {
    if (!isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')) throw error
    throw new DmError('DM_GIT_SHALLOW', { base, detail: error.context.detail }, { cause: error })
  }
  const left = await baseCuts(repository, signal)
  const isDeeper = by === 'all' ? left.length === 0 : left.join(' ') !== cuts.join(' ')
  if (!isDeeper) throw new DmError('DM_GIT_SHALLOW', { base, detail: '' })
}

/** Where the base's history is cut off, on whatever line. */
async function baseCuts(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const cuts = await cutCommits(repository)
  if (cuts.size === 0) return []
  const tip = await resolveRef(repository, baseRef(repository), signal)
  if (tip === null) return []
  // A commit whose parents were cut off counts as a root.
  const roots = await readGitText(repository, ['rev-list', '--max-parents=0', tip], { signal })
  return roots.split('\n').filter((root) => cuts.has(root))
}

/** The commits of a shallow clone whose parents are missing; git keeps them in `shallow`. */
export async function cutCommits({ commonDir }: Repository): Promise<ReadonlySet<string>> {
  const text = await readFile(path.join(commonDir, 'shallow'), 'utf8').catch(() => '')
  return new Set(text.split('\n').filter((line) => line !== ''))
}
