import type { Repository } from '../../../lib/git/repository.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'

/** Texts as the bytes of files; null deletes one. */
export function filesOf(files: Record<string, string | null>): Map<string, Buffer | null> {
  return new Map(
    Object.entries(files).map(([name, text]) => [name, text === null ? null : Buffer.from(text)]),
  )
}

/** Writes a commit on top of another one, or a first one. */
export function write(
  repository: Repository,
  parent: string | null,
  files: Record<string, string | null>,
): Promise<string> {
  const parents = parent === null ? [] : [parent]
  return writeCommit(repository, { parents, files: filesOf(files), message: 'Change' })
}
