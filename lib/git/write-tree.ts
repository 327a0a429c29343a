import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import type { Repository } from './repository.ts'
import { readGit, readGitText } from './read-git.ts'
import { isFile, kindOf, type TreeEntry, treeEntries } from './tree-entry.ts'

/**
 * Writes the tree of a commit with some files replaced, added or (null) deleted, and returns its
 * hash. Uses an index of its own, which is removed again. Paths are from git's root.
 *
 * Throws DM_GIT_PATH_BLOCKED where something else than a file is in the way.
 */
export async function writeTree(
  repository: Repository,
  commit: string | null,
  files: ReadonlyMap<string, Buffer | null>,
  signal?: AbortSignal,
): Promise<string> {
  const present = await entriesOnTheWay(repository, commit, [...files.keys()], signal)
  verifyFree(files, present)
  const lines: string[] = []
  for (const [file, content] of files) {
    lines.push(await indexLine(repository, file, content, present.get(file)?.mode, signal))
  }
  // In the git folder: the same file system, and no other user can get at it.
  const folder = await mkdtemp(path.join(repository.gitDir, 'datamanager-index-'))
  try {
    const env = { GIT_INDEX_FILE: path.join(folder, 'index') }
    await readGit(repository, ['read-tree', ...(commit === null ? ['--empty'] : [commit])], {
      env,
      signal,
    })
    const input = Buffer.from(lines.join(''))
    await readGit(repository, ['update-index', '-z', '--index-info'], { env, input, signal })
    return await readGitText(repository, ['write-tree'], { env, signal })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the commit has at the paths and at every folder above them. */
async function entriesOnTheWay(
  repository: Repository,
  commit: string | null,
  files: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, TreeEntry>> {
  if (commit === null || files.length === 0) return new Map()
  const paths = new Set(files.flatMap((file) => [file, ...foldersAbove(file)]))
  return treeEntries(repository, commit, [...paths], signal)
}

function verifyFree(
  files: ReadonlyMap<string, Buffer | null>,
  present: ReadonlyMap<string, TreeEntry>,
): void {
  for (const file of files.keys()) {
    for (const folder of foldersAbove(file)) {
      const entry = present.get(folder)
      if (entry !== undefined && kindOf(entry) !== 'folder') throw blocked(file, folder, entry)
      if (files.get(folder) instanceof Buffer) {
        throw new DmError('DM_GIT_PATH_BLOCKED', { path: file, blocker: folder, kind: 'file' })
      }
    }
    const entry = present.get(file)
    if (entry !== undefined && !isFile(entry)) throw blocked(file, file, entry)
  }
}

function blocked(file: string, blocker: string, entry: TreeEntry): DmError {
  return new DmError('DM_GIT_PATH_BLOCKED', { path: file, blocker, kind: kindOf(entry) })
}

/** `a/b/c` -> `a`, `a/b`. */
function foldersAbove(file: string): string[] {
  const parts = file.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** One line for `update-index --index-info`; mode 0 deletes. */
async function indexLine(
  repository: Repository,
  file: string,
  content: Buffer | null,
  mode: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string> {
  const args = ['hash-object', '-w', '-t', 'blob', '--stdin']
  // Without a path, no filter and no line-end conversion apply.
  const input = content ?? Buffer.alloc(0)
  const hash = await readGitText(repository, args, { input, signal })
  return content === null ? `0 ${hash}\t${file}\0` : `${mode ?? '100644'} ${hash}\t${file}\0`
}
