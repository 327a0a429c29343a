import { DmError } from '../errors/dm-error.ts'
import { refreshWorkTree } from './refresh-work-tree.ts'
import type { Repository } from './repository.ts'
import { resolveRef } from './resolve-ref.ts'
import { runGit } from './run-git.ts'
import { verifyBranchUnblocked } from './verify-branch-unblocked.ts'
import { verifyCommitHash } from './verify-names.ts'
import { workTrees } from './work-trees.ts'

export interface BranchUpdate {
  readonly branch: string
  readonly commit: string
  /** The tip that the branch must have; null: it must not exist. */
  readonly expected: string | null
  /**
   * The files (relative to the data repository) to bring up to date where the branch is checked
   * out; left out, a checked-out branch is refused.
   */
  readonly refresh?: readonly string[] | undefined
}

export type BranchUpdated =
  | {
      readonly outcome: 'updated'
      /** Files that had uncommitted changes and were left as they are, with their work tree. */
      readonly left: readonly { readonly workTree: string; readonly file: string }[]
    }
  /** The branch is at another tip (null: it does not exist). */
  | { readonly outcome: 'moved'; readonly tip: string | null }

/**
 * Moves or makes a local branch.
 *
 * Where it is checked out and `refresh` is given, the work tree comes first and the branch last: a
 * crash in between leaves changes that are part of the commit, and a second run completes them.
 * Throws DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_BRANCH_BLOCKED.
 */
export async function updateLocalBranch(
  repository: Repository,
  { branch, commit, expected, refresh }: BranchUpdate,
  signal?: AbortSignal,
): Promise<BranchUpdated> {
  verifyCommitHash(commit)
  await verifyBranchUnblocked(repository, branch, { signal })
  const ref = `refs/heads/${branch}`
  const inUse = (await workTrees(repository, signal)).filter((tree) => tree.branch === ref)
  const [first] = inUse
  if (first !== undefined && refresh === undefined)
    throw new DmError('DM_GIT_BRANCH_CHECKED_OUT', { branch, workTree: first.folder })
  const tip = await resolveRef(repository, ref, signal)
  if (tip === commit) return { outcome: 'updated', left: [] }
  if (tip !== expected) return { outcome: 'moved', tip }
  // From here on nothing is interrupted: it takes milliseconds.
  const left: { workTree: string; file: string }[] = []
  const files = refresh ?? []
  for (const { folder } of inUse) {
    const leftHere = await refreshWorkTree(repository, folder, {
      from: expected,
      to: commit,
      files,
    })
    left.push(...leftHere.map((file) => ({ workTree: folder, file })))
  }
  const args = [
    'update-ref',
    '--create-reflog',
    '-m',
    'datamanager',
    ref,
    commit,
    expected ?? zero(commit),
  ]
  const { code, stderr } = await runGit(repository, args)
  if (code === 0) return { outcome: 'updated', left }
  for (const { folder } of inUse) {
    await refreshWorkTree(repository, folder, { from: commit, to: expected, files })
  }
  const now = await resolveRef(repository, ref)
  if (now === expected)
    throw new DmError('DM_GIT_FAILED', { command: 'update-ref', detail: stderr })
  return { outcome: 'moved', tip: now }
}

/** The hash that stands for "no such reference". */
function zero(commit: string): string {
  return '0'.repeat(commit.length)
}
