import { lstat } from 'node:fs/promises'
import path from 'node:path'
import type { Repository } from './repository.ts'
import { readGit, readGitText } from './read-git.ts'
import { type GitPlace, runGit } from './run-git.ts'
import { treeEntries } from './tree-entry.ts'
import { pathFromRoot } from './verify-names.ts'

export interface Refresh {
  /** The commits that the work tree is at and shall be at; null: none yet. */
  readonly from: string | null
  readonly to: string | null
  /** Relative to the data repository. */
  readonly files: readonly string[]
}

/**
 * Brings files of one work tree, and their entries in its index, from one commit to another.
 *
 * Only files without uncommitted changes: both in the index and on disk they are as in either
 * commit. The others are left alone and returned; nothing else is looked at. Of a file that has
 * changes on disk only, the entry in the index follows.
 */
export async function refreshWorkTree(
  repository: Repository,
  folder: string,
  { from, to, files }: Refresh,
): Promise<readonly string[]> {
  const place = { cwd: folder, env: repository.env }
  const left: string[] = []
  for (const file of files) {
    const fullPath = pathFromRoot(repository.prefix, file)
    const before = await hashIn(place, from, fullPath)
    const after = await hashIn(place, to, fullPath)
    const known = new Set([before, after])
    const staged = await hashInIndex(place, fullPath)
    const onDisk = await hashOnDisk(place, fullPath)
    if (staged === undefined || !known.has(staged)) left.push(file)
    else if (onDisk === undefined || !known.has(onDisk)) {
      left.push(file)
      // Else the next commit of anything would take the change back.
      if (staged !== after) await restore(place, to, after, fullPath, ['--staged'])
    } else if (staged !== after || onDisk !== after) {
      const done = await restore(place, to, after, fullPath)
      if (!done) left.push(file)
    }
  }
  return left
}

async function restore(
  place: GitPlace,
  to: string | null,
  after: string | null,
  fullPath: string,
  where: readonly string[] = ['--staged', '--worktree'],
): Promise<boolean> {
  const args =
    to === null || after === null
      ? ['rm', '--quiet', '--force', '--ignore-unmatch', ...cached(where), '--', fullPath]
      : ['restore', '--quiet', `--source=${to}`, ...where, '--', fullPath]
  // It fails where another git holds the index.
  return (await runGit(place, args)).code === 0
}

function cached(where: readonly string[]): string[] {
  return where.includes('--worktree') ? [] : ['--cached']
}

/** null: not there. */
async function hashIn(
  place: GitPlace,
  commit: string | null,
  fullPath: string,
): Promise<string | null> {
  if (commit === null) return null
  return (await treeEntries(place, commit, [fullPath])).get(fullPath)?.hash ?? null
}

/** null: not there; undefined: in a merge conflict. */
async function hashInIndex(place: GitPlace, fullPath: string): Promise<string | null | undefined> {
  const output = await readGit(place, ['ls-files', '-z', '--stage', '--', fullPath])
  if (output.length === 0) return null
  const [, hash, stage] = /^\d+ ([0-9a-f]+) (\d)\t/.exec(output.toString()) ?? []
  return stage === '0' ? hash : undefined
}

/** The hash that `git add` would give; null: not there; undefined: no regular file, or not in it. */
async function hashOnDisk(place: GitPlace, fullPath: string): Promise<string | null | undefined> {
  // A link on the way would be replaced by a folder.
  const folders = fullPath.split('/').slice(0, -1)
  for (const [index] of folders.entries()) {
    const folder = path.join(place.cwd, ...folders.slice(0, index + 1))
    const stats = await lstat(folder).catch(() => null)
    if (stats !== null && !stats.isDirectory()) return undefined
  }
  const found = await lstat(path.join(place.cwd, fullPath)).catch(() => null)
  if (found === null) return null
  if (!found.isFile()) return undefined
  return readGitText(place, ['hash-object', '--end-of-options', fullPath])
}
