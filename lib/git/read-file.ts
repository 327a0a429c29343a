import { DmError } from '../errors/dm-error.ts'
import { readGit, readGitText } from './read-git.ts'
import type { Repository } from './repository.ts'
import { type GitPlace, startGit } from './run-git.ts'
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
  const found = await findFile(repository, commit, path, { limit, signal })
  return found?.read() ?? null
}

/** A file in a commit, not read yet. */
export interface FoundFile {
  /** The hash of its content. */
  readonly blob: string
  readonly read: () => Promise<Buffer>
}

/** As `readFile`, but its content is read only when it is asked for. */
export async function findFile(
  repository: Repository,
  commit: string,
  path: string,
  { limit = defaultLimit, signal }: { limit?: number; signal?: AbortSignal | undefined } = {},
): Promise<FoundFile | null> {
  verifyCommitHash(commit)
  const fullPath = pathFromRoot(repository.prefix, path)
  const entries = await treeEntries(repository, commit, [fullPath], signal)
  const entry = entries.get(fullPath)
  if (entry === undefined) return null
  if (!isFile(entry)) throw new DmError('DM_GIT_NOT_A_FILE', { path, commit, kind: kindOf(entry) })
  const bytes = entry.bytes ?? 0
  if (bytes > limit) throw new DmError('DM_GIT_FILE_TOO_LARGE', { path, commit, bytes, limit })
  const blob = entry.hash
  const read = (): Promise<Buffer> =>
    readGit(repository, ['cat-file', 'blob', blob], { signal, outputBytes: bytes })
  return { blob, read }
}

/** What is in the place of a file. */
export type FileState =
  /** `blob`: the hash of its content. */
  | { readonly state: 'file'; readonly blob: string; readonly content: Buffer }
  /** `other`: no regular file; `unreadable`: git has not the content. */
  | { readonly state: 'absent' | 'other' | 'too-large' | 'unreadable' }

/** Reads blobs one at a time through one git process, which holds nothing. */
export interface BlobReader {
  /** `blob`: a hash, or `<commit>:<path from git's root>`. `limit` is in bytes. One call at a time. */
  readonly read: (blob: string, limit: number) => Promise<FileState>
  /** Ends the process; call it in any case. */
  readonly close: () => void
}

const newline = 10

/**
 * Starts `git cat-file --batch`. It answers each hash with `<hash> <type> <size>`, newline, that many
 * bytes, newline; or with `<hash> missing`.
 */
export function openBlobs(place: GitPlace, signal?: AbortSignal): BlobReader {
  const { stdin, stdout, end, stop } = startGit(place, ['cat-file', '--batch'], { signal })
  const chunks = stdout.iterator() as AsyncIterator<Buffer>
  let rest: Buffer = Buffer.alloc(0)

  async function more(): Promise<Buffer> {
    const { value, done } = await chunks.next()
    if (done !== true) return value
    const { stderr } = await end
    throw new DmError('DM_GIT_FAILED', { command: 'cat-file', detail: stderr })
  }

  async function readLine(): Promise<string> {
    while (!rest.includes(newline)) rest = Buffer.concat([rest, await more()])
    const length = rest.indexOf(newline)
    const line = rest.toString('latin1', 0, length)
    rest = rest.subarray(length + 1)
    return line
  }

  /** Null where it is not to be kept. */
  async function readBytes(count: number, keep: boolean): Promise<Buffer | null> {
    const content = keep ? Buffer.allocUnsafe(count) : null
    for (let done = 0; done < count;) {
      if (rest.length === 0) rest = await more()
      const part = rest.subarray(0, count - done)
      content?.set(part, done)
      done += part.length
      rest = rest.subarray(part.length)
    }
    return content
  }

  return {
    async read(blob, limit) {
      stdin.write(`${blob}\n`)
      const [, type, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(await readLine()) ?? []
      if (type === undefined) return { state: 'unreadable' }
      const bytes = Number(size)
      const content = await readBytes(bytes, type === 'blob' && bytes <= limit)
      await readLine()
      if (type !== 'blob') return { state: 'other' }
      return content === null ? { state: 'too-large' } : { state: 'file', blob, content }
    },
    close() {
      stdin.end()
      stop()
    },
  }
}

/**
 * The sizes of blobs in bytes, by what names them (as for `openBlobs`), without reading any. What is
 * not here, or no blob, is not in the map.
 */
export async function blobSizes(
  place: GitPlace,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const input = Buffer.from(names.map((name) => `${name}\n`).join(''))
  // It answers each name with a line, in their order.
  const answers = (
    await readGitText(place, ['cat-file', '--batch-check'], { input, signal })
  ).split('\n')
  return new Map(
    names.flatMap((name, index) => {
      const size = /^[0-9a-f]+ blob (\d+)$/.exec(answers[index] ?? '')?.[1]
      return size === undefined ? [] : [[name, Number(size)]]
    }),
  )
}

/** What a tree holds under a path. */
export interface TreeEntry {
  /** Octal, as git prints it: `100644`, `100755`, `120000`, `160000`, `040000`. */
  readonly mode: string
  readonly hash: string
  /** Size of a file in bytes; null of anything else, and of a file that git has not got. */
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
    const [mode = '', , hash = '', size = ''] = facts.split(/ +/)
    if (path === undefined) continue
    entries.set(path, { mode, hash, bytes: /^\d+$/.test(size) ? Number(size) : null })
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
