import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { gitTestEnvironment } from './git-test-environment.ts'

export interface FilesCommit {
  /** Where it goes: `refs/heads/main`. */
  readonly ref: string
  /** What it is built on; default: what the reference is at, null for nothing. */
  readonly from?: string | null | undefined
  /** The second parent of a merge commit; the files are those of the first, but for `files`. */
  readonly merge?: string | undefined
  /** Path → content, or where a symbolic link points to; null deletes. */
  readonly files: Readonly<Record<string, string | Buffer | null | { readonly link: string }>>
  readonly message?: string | undefined
  /** `Name <address>`; default: the committer. */
  readonly author?: string | undefined
  readonly committer?: string | undefined
  /** When it is said to be made; default: long ago. */
  readonly time?: Date | undefined
}

/** When commits are said to be made. */
export const longAgo = new Date('2020-01-02T03:04:05.000Z')

/** Makes commits, one after the other, in one process of git and without a work tree. */
export async function commitFiles(folder: string, commits: readonly FilesCommit[]): Promise<void> {
  const known = new Set<string>()
  const parts: (string | Buffer)[] = []
  const push = (...some: (string | Buffer)[]): void => void parts.push(...some)
  const pushData = (content: string | Buffer): void =>
    push(`data ${Buffer.byteLength(content)}\n`, content, '\n')
  for (const [
    index,
    { ref, from, merge, files, message = 'Change', time, ...by },
  ] of commits.entries()) {
    const { committer = 'Ada Test <ada@example.org>', author = committer } = by
    const parent = from === undefined && !known.has(ref) ? `${ref}^0` : from
    known.add(ref)
    const seconds = Math.floor((time ?? longAgo).getTime() / 1000) + index
    push(
      parent === null ? `reset ${ref}\n\n` : '',
      `commit ${ref}\nmark :${index + 1}\n`,
      `author ${author} ${seconds} +0000\ncommitter ${committer} ${seconds} +0000\n`,
    )
    pushData(message)
    push(
      typeof parent === 'string' ? `from ${parent}\n` : '',
      merge === undefined ? '' : `merge ${merge}\n`,
    )
    for (const [name, content] of Object.entries(files)) {
      const isLink = content !== null && typeof content === 'object' && 'link' in content
      const mode = isLink ? '120000' : '100644'
      push(content === null ? `D ${name}\n` : `M ${mode} inline ${name}\n`)
      if (content !== null) pushData(isLink ? content.link : content)
    }
  }
  const child = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: folder,
    env: gitTestEnvironment,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin.end(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
  const [words, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(words)
}
