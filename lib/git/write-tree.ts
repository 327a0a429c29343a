import { DmError } from '../errors/dm-error.ts'
import { readGit, readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'
import { isFile, kindOf, treeEntries } from './read-file.ts'

/** What becomes of a name in a folder: a file's new blob, null to delete it, or a folder's edits. */
type Edit = string | null | Map<string, Edit>

interface Entry {
  readonly mode: string
  readonly hash: string
}

/**
 * Writes the tree of a commit with some files replaced, added or (null) deleted, and returns its
 * hash. Paths are from git's root.
 *
 * Only the folders on the way are read and written, and no index: it costs the same in a repository
 * of any size, and a run that is killed leaves nothing but objects. Throws DM_GIT_PATH_BLOCKED where
 * something else than a file is in the way.
 */
export async function writeTree(
  place: GitPlace,
  commit: string | null,
  files: ReadonlyMap<string, Buffer | null>,
  signal?: AbortSignal,
): Promise<string> {
  const edits = new Map<string, Edit>()
  const written = await Promise.all(
    Array.from(files, async ([file, content]) => {
      return [file, content && (await writeBlob(place, content, signal))] as const
    }),
  )
  for (const [file, blob] of written) addEdit(edits, file, blob)
  const tree = commit === null ? null : `${commit}^{tree}`
  const root = await writeFolder(place, tree, '', edits, signal)
  return root ?? makeTree(place, [], signal)
}

/**
 * Throws DM_GIT_PATH_BLOCKED where a commit has something else than a folder on the way to a path
 * from git's root, or than a file there: `writeTree` would refuse it.
 */
export async function verifyPathUnblocked(
  place: GitPlace,
  commit: string,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const parts = path.split('/')
  const folders = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
  for (const blocker of folders) {
    // One at a time: asked for a folder and for what is in it, git lists the whole folder.
    const entry = (await treeEntries(place, commit, [blocker], signal)).get(blocker)
    if (entry === undefined) return
    const kind = kindOf(entry)
    if (kind !== 'folder') throw new DmError('DM_GIT_PATH_BLOCKED', { path, blocker, kind })
  }
  const entry = (await treeEntries(place, commit, [path], signal)).get(path)
  if (entry === undefined || isFile(entry)) return
  throw new DmError('DM_GIT_PATH_BLOCKED', { path, blocker: path, kind: kindOf(entry) })
}

function addEdit(edits: Map<string, Edit>, file: string, blob: string | null): void {
  const parts = file.split('/')
  let folder = edits
  for (const [index, name] of parts.slice(0, -1).entries()) {
    const known = folder.get(name) ?? new Map<string, Edit>()
    if (!(known instanceof Map)) {
      const blocker = parts.slice(0, index + 1).join('/')
      throw new DmError('DM_GIT_PATH_BLOCKED', { path: file, blocker, kind: 'file' })
    }
    folder.set(name, known)
    folder = known
  }
  const name = parts.at(-1) ?? ''
  const inside = folder.get(name)
  if (!(inside instanceof Map)) folder.set(name, blob)
  else {
    const path = firstFile(file, inside)
    throw new DmError('DM_GIT_PATH_BLOCKED', { path, blocker: file, kind: 'file' })
  }
}

/** Writes one folder, `path` from git's root, and those in it; null where nothing is left. */
async function writeFolder(
  place: GitPlace,
  tree: string | null,
  path: string,
  edits: ReadonlyMap<string, Edit>,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const entries = tree === null ? new Map<string, Entry>() : await readTree(place, tree, signal)
  for (const [plainName, edit] of edits) {
    const name = Buffer.from(plainName).toString('latin1')
    const full = `${path}${plainName}`
    const known = entries.get(name)
    const isFolder = known === undefined || kindOf(known) === 'folder'
    if (edit instanceof Map ? !isFolder : known !== undefined && !isFile(known)) {
      const file = edit instanceof Map ? firstFile(full, edit) : full
      const kind = known === undefined ? '' : kindOf(known)
      throw new DmError('DM_GIT_PATH_BLOCKED', { path: file, blocker: full, kind })
    }
    const hash =
      edit instanceof Map
        ? await writeFolder(place, known?.hash ?? null, `${full}/`, edit, signal)
        : edit
    const mode = edit instanceof Map ? '040000' : (known?.mode ?? '100644')
    if (hash === null) entries.delete(name)
    else entries.set(name, { mode, hash })
  }
  if (entries.size === 0) return null
  const lines = Array.from(entries, ([name, { mode, hash }]) => {
    const type = { '040000': 'tree', '160000': 'commit' }[mode] ?? 'blob'
    return `${mode} ${type} ${hash}\t${name}\0`
  })
  return makeTree(place, lines, signal)
}

/** Names as latin1: they are bytes, and may be no text. */
async function readTree(
  place: GitPlace,
  tree: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Entry>> {
  const output = await readGit(place, ['ls-tree', '-z', '--full-tree', tree], { signal })
  const entries = new Map<string, Entry>()
  for (const line of output.toString('latin1').split('\0')) {
    const [, mode, hash, name] = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line) ?? []
    if (mode !== undefined && hash !== undefined && name !== undefined)
      entries.set(name, { mode, hash })
  }
  return entries
}

function makeTree(
  place: GitPlace,
  lines: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const input = Buffer.from(lines.join(''), 'latin1')
  // What a partial clone lacks is not fetched for this.
  return readGitText(place, ['mktree', '-z', '--missing'], { input, signal })
}

async function writeBlob(
  place: GitPlace,
  content: Buffer,
  signal: AbortSignal | undefined,
): Promise<string> {
  // Without a path, no filter and no line-end conversion apply.
  const args = ['hash-object', '-w', '-t', 'blob', '--stdin']
  return readGitText(place, args, { input: content, signal })
}

function firstFile(path: string, edit: Edit): string {
  if (!(edit instanceof Map)) return path
  const [first] = edit
  return first === undefined ? path : firstFile(`${path}/${first[0]}`, first[1])
}
