import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { readGit, readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'
import { type TreeEntry, treeEntries } from './read-file.ts'

/** A work tree whose files can follow its branch. */
export interface Refresh {
  readonly folder: string
  /** Brings them to the new commit; nothing has changed where it fails. */
  readonly apply: () => Promise<void>
  readonly undo: () => Promise<void>
  /** The files, from git's root, that have changes on disk: they stay as they are. */
  readonly left: readonly string[]
}

interface File {
  /** From git's root. */
  readonly path: string
  /** The commits' entries; absent: null. */
  readonly before: TreeEntry | null
  readonly after: TreeEntry | null
  /** Whether the file on disk follows: `sparse` is one outside of a sparse checkout, `left` is changed. */
  readonly onDisk: 'follows' | 'sparse' | 'left'
}

/** The commits that a work tree is at and shall be at; null: none yet. */
export interface Move {
  readonly branch: string
  readonly from: string | null
  readonly to: string
}

/**
 * Plans to bring files of one work tree, and their entries in its index, from one commit to another.
 *
 * Throws DM_GIT_WORK_TREE_BUSY where a file has changes in the index: the next commit would take back
 * what the new one says of it. One that has changes on disk only is left there, and its entry in the
 * index follows. As in either commit is no change.
 *
 * @param fullPaths of the files, from git's root
 */
export async function planRefresh(
  place: GitPlace,
  { branch, from, to }: Move,
  fullPaths: readonly string[],
): Promise<Refresh> {
  const befores = from === null ? new Map() : await treeEntries(place, from, fullPaths)
  const afters = await treeEntries(place, to, fullPaths)
  const index = await readIndex(place, fullPaths)
  const onDisk = await hashesOnDisk(place, fullPaths)
  const changed: string[] = []
  const behind: File[] = []
  for (const fullPath of fullPaths) {
    const before: TreeEntry | null = befores.get(fullPath) ?? null
    const after = afters.get(fullPath) ?? null
    const known = new Set([before?.hash ?? null, after?.hash ?? null])
    const { hash = null, isSparse = false } = index.get(fullPath) ?? {}
    const disk = isSparse && onDisk.get(fullPath) === null ? hash : onDisk.get(fullPath)
    const isLeft = disk === undefined || !known.has(disk)
    if (!known.has(hash)) changed.push(fullPath)
    else if (isLeft || hash !== after?.hash || disk !== after.hash) {
      const follows = isSparse ? 'sparse' : isLeft ? 'left' : 'follows'
      behind.push({ path: fullPath, before, after, onDisk: follows })
    }
  }
  if (changed.length > 0) {
    const detail = changed.join(', ')
    throw new DmError('DM_GIT_WORK_TREE_BUSY', {
      branch,
      workTree: place.cwd,
      state: 'changes',
      detail,
    })
  }
  const undo = (): Promise<void> =>
    bring(
      place,
      from,
      behind.map((file) => ({ ...file, after: file.before })),
    )
  const apply = async (): Promise<void> => {
    try {
      await bring(place, to, behind)
    } catch (error) {
      await undo().catch(() => undefined)
      throw error
    }
  }
  const left = behind.filter(({ onDisk: how }) => how === 'left').map((file) => file.path)
  return { folder: place.cwd, apply, undo, left }
}

async function bring(place: GitPlace, to: string | null, files: readonly File[]): Promise<void> {
  const paths = (wanted: (file: File) => boolean): string[] =>
    files.filter(wanted).map((file) => file.path)
  const written = paths(({ after, onDisk }) => after !== null && onDisk === 'follows')
  if (written.length > 0 && to !== null) {
    const where = [`--source=${to}`, '--staged', '--worktree']
    await readGit(place, ['restore', '--quiet', ...where, '--', ...written])
  }
  const removed = paths(({ after, onDisk }) => after === null && onDisk === 'follows')
  if (removed.length > 0)
    await readGit(place, ['rm', '--quiet', '--force', '--ignore-unmatch', '--', ...removed])
  for (const { path: file, before, after, onDisk } of files) {
    if (onDisk === 'follows') continue
    const line = after === null ? `0 ${before?.hash}` : `${after.mode} ${after.hash}`
    const input = Buffer.from(`${line}\t${file}\0`)
    await readGit(place, ['update-index', '-z', '--index-info'], { input })
    if (after === null || onDisk === 'left') continue
    await readGit(place, ['update-index', '--skip-worktree', '--', file])
  }
}

/** What the index has under the paths; a merge conflict has a hash that is none. */
async function readIndex(
  place: GitPlace,
  fullPaths: readonly string[],
): Promise<ReadonlyMap<string, { hash: string; isSparse: boolean }>> {
  const output = await readGit(place, ['ls-files', '-z', '-t', '--stage', '--', ...fullPaths])
  const entries = new Map<string, { hash: string; isSparse: boolean }>()
  for (const line of output.toString().split('\0')) {
    const [, tag, hash = '', stage, name] =
      /^(\w) \d+ ([0-9a-f]+) (\d)\t([\s\S]*)$/.exec(line) ?? []
    if (name === undefined) continue
    entries.set(name, { hash: stage === '0' ? hash : 'conflict', isSparse: tag === 'S' })
  }
  return entries
}

/** The hashes that `git add` would give; null: not there; undefined: no regular file, or not in it. */
async function hashesOnDisk(
  place: GitPlace,
  fullPaths: readonly string[],
): Promise<ReadonlyMap<string, string | null | undefined>> {
  const hashes = new Map<string, string | null | undefined>()
  for (const fullPath of fullPaths) {
    const kind = await kindOnDisk(place.cwd, fullPath)
    const args = ['hash-object', '--end-of-options', fullPath]
    hashes.set(
      fullPath,
      kind === 'absent' ? null : kind === 'other' ? undefined : await readGitText(place, args),
    )
  }
  return hashes
}

async function kindOnDisk(root: string, fullPath: string): Promise<'file' | 'absent' | 'other'> {
  // A link on the way would be replaced by a folder.
  const folders = fullPath.split('/').slice(0, -1)
  for (const [index] of folders.entries()) {
    const found = await lstat(path.join(root, ...folders.slice(0, index + 1))).catch(() => null)
    if (found === null) return 'absent'
    if (!found.isDirectory()) return 'other'
  }
  const found = await lstat(path.join(root, fullPath)).catch(() => null)
  if (found === null) return 'absent'
  return found.isFile() ? 'file' : 'other'
}
