import { readGit } from './read-git.ts'
import type { GitPlace } from './run-git.ts'

/** What a tree holds under a path. */
export interface TreeEntry {
  /** Octal, as git prints it: `100644`, `100755`, `120000`, `160000`, `040000`. */
  readonly mode: string
  readonly hash: string
  /** Size of a file in bytes; null of anything else. */
  readonly bytes: number | null
}

/** What a commit's tree holds under these paths (from git's root); absent ones are not in the map. */
export async function treeEntries(
  place: GitPlace,
  commit: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const args = ['ls-tree', '-z', '-l', '--full-tree', commit, '--', ...paths]
  const output = await readGit(place, args, { signal })
  const entries = new Map<string, TreeEntry>()
  for (const line of output.toString().split('\0')) {
    const [facts = '', path] = line.split(/\t([\s\S]*)/)
    const [mode = '', , hash = '', size] = facts.split(/ +/)
    if (path === undefined) continue
    entries.set(path, { mode, hash, bytes: size === '-' ? null : Number(size) })
  }
  return entries
}

/** Whether the entry is a regular file, executable or not. */
export function isFile(entry: Pick<TreeEntry, 'mode'>): boolean {
  return entry.mode === '100644' || entry.mode === '100755'
}

/** What the entry is, in a word. */
export function kindOf({ mode }: Pick<TreeEntry, 'mode'>): string {
  if (mode === '120000') return 'symbolic link'
  if (mode === '160000') return 'submodule'
  return mode === '040000' ? 'folder' : 'file'
}
