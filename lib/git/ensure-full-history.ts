import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { baseRef } from './base-ref.ts'
import { fetch } from './fetch.ts'
import { hasRemote } from './list-remote.ts'
import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'
import { readGitText } from './read-git.ts'

/**
 * Makes sure that the base's history reaches back to its beginning: a shallow clone is deepened.
 *
 * Other branches may stay shallow. Throws DM_GIT_SHALLOW where that is impossible.
 */
export async function ensureFullHistory(
  repository: Repository,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await isBaseShallow(repository, signal))) return
  const { base } = repository
  if (!hasRemote(repository)) throw new DmError('DM_GIT_SHALLOW', { base, detail: '' })
  const refspec = `+refs/heads/${base}:${baseRef(repository)}`
  try {
    await fetch(repository, [refspec], { options: ['--unshallow'], signal })
  } catch (error) {
    if (!isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')) throw error
    throw new DmError('DM_GIT_SHALLOW', { base, detail: error.context.detail }, { cause: error })
  }
  // The remote may be a shallow clone itself.
  if (await isBaseShallow(repository, signal))
    throw new DmError('DM_GIT_SHALLOW', { base, detail: '' })
}

async function isBaseShallow(
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const cuts = await shallowCommits(repository.commonDir)
  if (cuts.size === 0) return false
  const tip = await resolveRef(repository, baseRef(repository), signal)
  if (tip === null) return false
  // A commit whose parents were cut off counts as a root.
  const roots = await readGitText(repository, ['rev-list', '--max-parents=0', tip], { signal })
  return roots.split('\n').some((root) => cuts.has(root))
}

/** Git keeps the commits whose parents are missing in `shallow`, one hash a line. */
async function shallowCommits(commonDir: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path.join(commonDir, 'shallow'), 'utf8').catch(() => '')
  return new Set(text.split('\n').filter((line) => line !== ''))
}
