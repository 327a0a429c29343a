import { readGitText } from './read-git.ts'
import type { GitPlace } from './run-git.ts'

/** A folder in which something of the repository is checked out. */
export interface WorkTree {
  /** Absolute path. */
  readonly folder: string
  /** Full name of the checked-out branch; null where there is none (detached, bare). */
  readonly branch: string | null
}

/** All work trees of the repository, the main one first. */
export async function workTrees(
  place: GitPlace,
  signal?: AbortSignal,
): Promise<readonly WorkTree[]> {
  const output = await readGitText(place, ['worktree', 'list', '--porcelain'], { signal })
  // An empty line ends each; a line is `<label> <value>`.
  return output.split('\n\n').flatMap((block) => {
    const lines = block.split('\n')
    const value = (label: string): string | undefined =>
      lines.find((line) => line.startsWith(`${label} `))?.slice(label.length + 1)
    const folder = value('worktree')
    return folder === undefined ? [] : [{ folder, branch: value('branch') ?? null }]
  })
}
