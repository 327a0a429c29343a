import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { readGit } from './read-git.ts'
import { isFile, kindOf, treeEntries } from './tree-entry.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** The largest file that is read where no other limit is given: 64 MiB. */
export const defaultLimit = 64 * 1024 * 1024

/**
 * A file's bytes in a commit, as git holds them (no line-end conversion); null where there is none.
 *
 * `path` is relative to the data repository. Throws DM_GIT_NOT_A_FILE for a symbolic link, folder or
 * submodule, DM_GIT_FILE_TOO_LARGE over `limit` bytes.
 */
export async function readFile(
  repository: Repository,
  commit: string,
  path: string,
  { limit = defaultLimit, signal }: { limit?: number; signal?: AbortSignal | undefined } = {},
): Promise<Buffer | null> {
  verifyCommitHash(commit)
  const fullPath = pathFromRoot(repository.prefix, path)
  const entries = await treeEntries(repository, commit, [fullPath], signal)
  const entry = entries.get(fullPath)
  if (entry === undefined) return null
  if (!isFile(entry)) throw new DmError('DM_GIT_NOT_A_FILE', { path, commit, kind: kindOf(entry) })
  const bytes = entry.bytes ?? 0
  if (bytes > limit) throw new DmError('DM_GIT_FILE_TOO_LARGE', { path, commit, bytes, limit })
  return readGit(repository, ['cat-file', 'blob', entry.hash], { signal })
}
