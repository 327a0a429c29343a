import { readBlobs } from './read-blobs.ts'
import { defaultLimit } from './read-file.ts'
import type { Repository } from './repository.ts'
import { readGit } from './read-git.ts'
import { treeEntries } from './tree-entry.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'

/** A file in one of many commits. */
export type FileAt =
  | { readonly commit: string; readonly state: 'file'; readonly content: Buffer }
  /**
   * `other`: a folder or submodule. A symbolic link reads as a file that holds its target.
   * `unreadable`: git has not the content, or not the commit.
   */
  | {
      readonly commit: string
      readonly state: 'absent' | 'other' | 'too-large' | 'unreadable'
    }

interface Found {
  readonly commit: string
  readonly state: 'blob' | 'absent' | 'other' | 'too-large' | 'unreadable'
  readonly hash: string
  readonly bytes: number
}

/** How much content is held at a time, in bytes. */
const groupBytes = 16 * 1024 * 1024

/**
 * The file in each of the commits, in their order, with few processes and a bounded part of the
 * content in memory. `path` is relative to the data repository; `limit` is in bytes.
 */
export async function* readFileAt(
  repository: Repository,
  commits: readonly string[],
  path: string,
  { limit = defaultLimit, signal }: { limit?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<FileAt> {
  commits.forEach(verifyCommitHash)
  const fullPath = pathFromRoot(repository.prefix, path)
  const found = await locate(repository, commits, fullPath, limit, signal)
  for (const group of groupsOf(found)) {
    const hashes = group.flatMap(({ state, hash }) => (state === 'blob' ? [hash] : []))
    const blobs = await readBlobs(repository, [...new Set(hashes)], signal)
    for (const { commit, state, hash } of group) {
      if (state !== 'blob') yield { commit, state }
      else yield { commit, state: 'file', content: blobs.get(hash) ?? Buffer.alloc(0) }
    }
  }
}

async function locate(
  repository: Repository,
  commits: readonly string[],
  path: string,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const input = Buffer.from(commits.map((commit) => `${commit}:${path}\n`).join(''))
  const output = await readGit(repository, ['cat-file', '--batch-check'], { input, signal })
  const lines = output.toString().split('\n')
  const found = commits.map((commit, index): Found => {
    const [, hash = '', type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(lines[index] ?? '') ?? []
    const bytes = Number(size)
    if (type === undefined) return { commit, state: 'absent', hash, bytes: 0 }
    if (type !== 'blob') return { commit, state: 'other', hash, bytes: 0 }
    return { commit, state: bytes > limit ? 'too-large' : 'blob', hash, bytes }
  })
  // The same answer comes for a file that is not there and for one whose content is missing.
  return Promise.all(
    found.map(async (one): Promise<Found> => {
      if (one.state !== 'absent') return one
      const entries = await treeEntries(repository, one.commit, [path], signal).catch(() => null)
      signal?.throwIfAborted()
      const { commit, hash, bytes } = one
      return entries?.has(path) === false ? one : { commit, state: 'unreadable', hash, bytes }
    }),
  )
}

function* groupsOf(found: readonly Found[]): Generator<Found[]> {
  let group: Found[] = []
  let held = 0
  for (const one of found) {
    if (group.length > 0 && held + one.bytes > groupBytes) {
      yield group
      group = []
      held = 0
    }
    group.push(one)
    if (one.state === 'blob') held += one.bytes
  }
  if (group.length > 0) yield group
}
