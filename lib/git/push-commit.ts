import { setTimeout as sleep } from 'node:timers/promises'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { fetchBranch, listBranches } from './remote.ts'
import { isAncestor } from './history.ts'
import type { WithRemote } from './repository.ts'
import { runGit } from './run-git.ts'
import { verifyBranchName, verifyCommitHash } from './verify-names.ts'

export interface Push {
  /** Null: the branch is deleted. */
  readonly commit: string | null
  /** Name of the branch on the remote. */
  readonly branch: string
  /** The tip that the branch must have had; null: the branch must not exist. */
  readonly expected: string | null
  /** The commit need not continue what is expected: that is replaced. */
  readonly replaces?: boolean
}

export type PushOutcome =
  /** The remote's branch holds the commit, or is gone; `tip` may be a newer one that contains it. */
  | { readonly outcome: 'pushed'; readonly tip: string | null }
  /** Somebody else's push was first: the branch is at `tip` (null: it does not exist). */
  | { readonly outcome: 'moved'; readonly tip: string | null }
  /** The remote did not take it, though nothing else has changed; `detail` has its words. */
  | { readonly outcome: 'refused'; readonly tip: string | null; readonly detail: string }

/** A push that takes longer is given up, in milliseconds; it carries little more than a manifest. */
const timeoutMs = 10 * 60_000

/** How long to wait before each look at the remote where the outcome is unknown, in milliseconds. */
const waits = [0, 1000, 3000]

/**
 * Pushes a commit to a branch of the remote that is still where it was expected, or deletes that;
 * replaces nothing else. Once begun it is not interrupted.
 *
 * What has come of a failed push is found by looking at the remote, not from messages. Throws
 * DM_GIT_NOT_FAST_FORWARD, and DM_GIT_PUSH_UNKNOWN where the remote cannot be asked any more.
 */
export async function pushCommit(
  repository: WithRemote,
  { commit, branch, expected, replaces = false }: Push,
  signal?: AbortSignal,
): Promise<PushOutcome> {
  await verifyBranchName(repository, branch)
  if (commit !== null) verifyCommitHash(commit)
  if (commit !== null && expected !== null && !replaces) {
    const continues = await isAncestor(repository, expected, commit, signal)
    if (!continues) throw new DmError('DM_GIT_NOT_FAST_FORWARD', { branch, commit, expected })
  }
  signal?.throwIfAborted()
  const ref = `refs/heads/${branch}`
  // A lease alone would allow a rewrite; with the commit built on what is expected, it only compares.
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`
  const plain = ['--no-verify', '--no-follow-tags', '--recurse-submodules=no', '--porcelain']
  // Of each file there is one older state to compare with: more would only be tried in vain.
  const { code, stdout, stderr } = await runGit(
    repository,
    [
      '-c',
      'pack.window=2',
      'push',
      ...plain,
      lease,
      '--end-of-options',
      repository.remote,
      `${commit ?? ''}:${ref}`,
    ],
    { timeoutMs },
  )
  if (code === 0) return { outcome: 'pushed', tip: commit }
  return look(repository, { commit, branch, expected }, readFailure(stdout.toString(), stderr))
}

interface Failure {
  /** Whether the push is certainly over: a broken connection leaves it open. */
  readonly decided: boolean
  readonly words: string
}

/**
 * Reads git's report: in porcelain output, `!` starts the line of a branch that was not updated, its
 * last column says why in a few words, and `[remote failure]` stands for "no report came"
 * (git-push(1)). A hook that refuses need not say more.
 */
function readFailure(report: string, stderr: string): Failure {
  const reasons = report
    .split('\n')
    .filter((line) => line.startsWith('!\t'))
    .map((line) => line.split('\t')[2] ?? '')
  const decided = reasons.some((reason) => !reason.startsWith('[remote failure]'))
  return { decided, words: [...reasons, stderr].join('\n').trim() }
}

async function look(
  repository: WithRemote,
  push: Push,
  { decided, words }: Failure,
): Promise<PushOutcome> {
  let seen: PushOutcome | undefined
  for (const wait of waits) {
    await sleep(wait)
    seen = await outcomeNow(repository, push, words)
    if (seen !== undefined && (decided || seen.outcome !== 'refused')) return seen
  }
  if (seen !== undefined) return seen
  const { remote } = repository
  throw new DmError('DM_GIT_PUSH_UNKNOWN', { branch: push.branch, remote, detail: words })
}

/** What the remote shows; undefined where it does not answer. Not interrupted, as the push is not. */
async function outcomeNow(
  repository: WithRemote,
  { commit, branch, expected }: Push,
  detail: string,
): Promise<PushOutcome | undefined> {
  try {
    const ref = `refs/heads/${branch}`
    const branches = await listBranches(repository)
    const tip = branches.get(ref) ?? null
    if (tip === commit) return { outcome: 'pushed', tip }
    if (tip === expected) return { outcome: 'refused', tip, detail }
    if (tip === null || commit === null) return { outcome: 'moved', tip }
    const fetched = await fetchBranch(repository, branch, undefined, branches)
    if (fetched === null) return { outcome: 'moved', tip: null }
    const contained = await isAncestor(repository, commit, fetched)
    return { outcome: contained ? 'pushed' : 'moved', tip: fetched }
  } catch (error) {
    const isSilent = isDmError(error, 'DM_GIT_REMOTE_UNREACHABLE')
    if (isSilent || isDmError(error, 'DM_GIT_FETCH_FAILED')) return undefined
    throw error
  }
}
