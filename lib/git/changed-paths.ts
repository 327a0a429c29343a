import { gitLines } from './read-git.ts'
import { runGit } from './run-git.ts'
import type { Repository } from './repository.ts'
import { verifyCommitHash } from './verify-names.ts'

/** One path, from git's root, that differs between two commits. */
export interface ChangedPath {
  readonly path: string
  /** Octal; `000000`: it is not there. */
  readonly modeBefore: string
  readonly mode: string
}

/** The paths that differ between two commits, submodules and links included; renames are two. */
export async function* changedPaths(
  repository: Repository,
  from: string,
  to: string,
  signal?: AbortSignal,
): AsyncGenerator<ChangedPath> {
  verifyCommitHash(from)
  verifyCommitHash(to)
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--no-abbrev', from, to]
  let modes: readonly string[] | null = null
  for await (const tokens of gitLines(repository, args, { end: '\0', signal })) {
    for (const token of tokens) {
      if (modes === null) {
        modes = /^:(\d+) (\d+) /.exec(token)?.slice(1) ?? []
        continue
      }
      const [modeBefore = '', mode = ''] = modes
      yield { path: token, modeBefore, mode }
      modes = null
    }
  }
}

/**
 * Every best common ancestor of two commits: several where lines were merged crosswise. What is
 * proposed must be legal compared with each, since a merge sees a mixture of them.
 */
export async function allMergeBases(
  repository: Repository,
  a: string,
  b: string,
  signal?: AbortSignal,
): Promise<string[]> {
  verifyCommitHash(a)
  verifyCommitHash(b)
  // 1, with nothing printed: there is none.
  const { code, stdout } = await runGit(repository, ['merge-base', '--all', a, b], { signal })
  return code === 0 ? stdout.toString().trim().split('\n') : []
}
