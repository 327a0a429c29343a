import { DmError } from '../errors/dm-error.ts'
import { type GitPlace, startGit } from './run-git.ts'

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
