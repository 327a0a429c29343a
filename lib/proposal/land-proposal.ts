import { readManifestAt } from '../base/base.ts'
import type { Change } from '../change/change.ts'
import { DmError } from '../errors/dm-error.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { deleteLocalBranch, deleteRemoteBranch } from '../git/delete-branch.ts'
import { pushCommit } from '../git/push-commit.ts'
import { updateLocalBranch } from '../git/update-local-branch.ts'
import { writeCommit } from '../git/write-commit.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { Proposal } from './plan-proposal.ts'

export interface ProposalText {
  /** Path of the manifest, relative to the data repository. */
  readonly manifestPath: string
  readonly change: Change
  /** The author's message; undefined: the change's subject. */
  readonly message: string | undefined
  readonly date: Date
}

/**
 * Writes the commit of a proposal into the object database; no branch points to it yet.
 *
 * @returns its hash
 */
export async function commitProposal(
  repository: Repository,
  { parent }: Proposal,
  { manifestPath, change, message = change.subject, date }: ProposalText,
  signal?: AbortSignal,
): Promise<string> {
  const before = await readManifestAt(repository, parent, manifestPath, signal)
  const text = formatManifest(change.edit(before))
  // What is proposed must be readable by whoever merges it.
  parseManifest(text, { source: `The proposed ${manifestPath}` })
  const files = new Map([[manifestPath, Buffer.from(text)]])
  const parents = parent === null ? [] : [parent]
  return writeCommit(repository, { parents, files, message, date }, signal)
}

/**
 * Lets the proposal's branch point to its commit, or deletes it where it proposes nothing any more:
 * on the remote, or here.
 *
 * @param push whether on the remote, where there is one
 * @returns whether it was pushed
 * @throws DM_BRANCH_MOVED, DM_PUSH_REFUSED, DM_GIT_PUSH_UNKNOWN, DM_GIT_BRANCH_CHECKED_OUT
 */
export async function landProposal(
  repository: Repository,
  { branch, expected, isAnew, isHere, state }: Proposal,
  commit: string,
  push: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  const update = { branch, commit, expected }
  const isPushed = push && isHere !== true && hasRemote(repository)
  const gone = expected === null || state !== 'emptied' ? null : { branch, expected }
  const landed =
    gone !== null
      ? isPushed
        ? await deleteRemoteBranch(repository, gone, signal)
        : await deleteLocalBranch(repository, gone, signal)
      : isPushed
        ? await pushCommit(repository, { ...update, replaces: isAnew === true }, signal)
        : await updateLocalBranch(repository, update, signal)
  if (landed.outcome === 'moved') throw new DmError('DM_BRANCH_MOVED', { branch })
  if (landed.outcome === 'refused') {
    throw new DmError('DM_PUSH_REFUSED', { branch, detail: landed.detail.trim() })
  }
  return isPushed
}
