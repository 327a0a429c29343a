import { DmError } from '../errors/dm-error.ts'
import { planRefresh, type Refresh } from './refresh-work-tree.ts'
import type { Repository } from './repository.ts'
import { resolveRef, verifyBranchUnblocked } from './refs.ts'
import { startGit } from './run-git.ts'
import { pathFromRoot, verifyCommitHash } from './verify-names.ts'
import { verifyNotCheckedOut, workTreesOn } from './work-trees.ts'

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
      /** Files with changes on disk that were left as they are, with their work tree. */
      readonly left: readonly { readonly workTree: string; readonly file: string }[]
    }
  /** The branch is at another tip (null: it does not exist). */
  | { readonly outcome: 'moved'; readonly tip: string | null }

/**
 * Moves or makes a local branch.
 *
 * Where it is checked out and `refresh` is given, the work trees follow: all is refused while one of
 * them has staged changes of these files or is in the middle of something. They are brought up
 * to date while git holds the lock on the branch, which moves last: a crash in between leaves changes
 * that are part of the commit, and a second run completes them.
 *
 * Throws DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_BRANCH_BLOCKED, DM_GIT_WORK_TREE_BUSY, DM_GIT_REF_LOCKED.
 */
export async function updateLocalBranch(
  repository: Repository,
  { branch, commit, expected, refresh }: BranchUpdate,
  signal?: AbortSignal,
): Promise<BranchUpdated> {
  verifyCommitHash(commit)
  await verifyBranchUnblocked(repository, branch, { signal })
  if (refresh === undefined) await verifyNotCheckedOut(repository, branch, signal)
  const folders = refresh === undefined ? [] : await workTreesOn(repository, branch, signal)
  const ref = `refs/heads/${branch}`
  const tip = await resolveRef(repository, ref, signal)
  if (tip === commit) return { outcome: 'updated', left: [] }
  if (tip !== expected) return { outcome: 'moved', tip }
  const paths = (refresh ?? []).map((file) => pathFromRoot(repository.prefix, file))
  const move = { branch, from: expected, to: commit }
  const plans = await Promise.all(
    folders.map((cwd) => planRefresh({ cwd, env: repository.env }, move, paths)),
  )
  signal?.throwIfAborted()
  // From here on nothing is interrupted: it takes milliseconds.
  const lock = await lockRef(repository, ref, commit, expected)
  if (lock.commit === null) {
    const now = await resolveRef(repository, ref)
    if (now !== expected) return { outcome: 'moved', tip: now }
    throw new DmError('DM_GIT_REF_LOCKED', { branch, detail: await lock.release() })
  }
  const done: Refresh[] = []
  try {
    for (const plan of plans) {
      await plan.apply()
      done.push(plan)
    }
    await lock.commit()
  } catch (error) {
    for (const plan of done) await plan.undo()
    throw error
  } finally {
    await lock.release()
  }
  const left = plans.flatMap(({ folder, left: files }) =>
    files.map((file) => ({ workTree: folder, file })),
  )
  return { outcome: 'updated', left }
}

interface RefLock {
  /** Moves the reference; null: another git holds it, or it is elsewhere. */
  readonly commit: (() => Promise<void>) | null
  /** Lets go of the reference and returns git's words. */
  readonly release: () => Promise<string>
}

/** Locks a reference that is where it is expected, ready to be moved. */
async function lockRef(
  repository: Repository,
  ref: string,
  commit: string,
  expected: string | null,
): Promise<RefLock> {
  const args = ['update-ref', '-m', 'datamanager', '--stdin']
  const { stdin, stdout, end } = startGit(repository, args)
  const answers = stdout.iterator() as AsyncIterator<Buffer>
  let said = ''
  const ask = async (words: string, answer: string): Promise<boolean> => {
    stdin.write(words)
    while (!said.includes(answer)) {
      const { value, done } = await answers.next()
      if (done === true) return false
      said += value.toString()
    }
    return true
  }
  const release = async (): Promise<string> => {
    stdin.end()
    return (await end).stderr
  }
  const update = `update ${ref} ${commit} ${expected ?? '0'.repeat(commit.length)}`
  const isLocked = await ask(`start\n${update}\nprepare\n`, 'prepare: ok\n')
  if (!isLocked) return { commit: null, release }
  return {
    async commit() {
      if (await ask('commit\n', 'commit: ok\n')) return
      throw new DmError('DM_GIT_FAILED', { command: 'update-ref', detail: await release() })
    },
    release,
  }
}
