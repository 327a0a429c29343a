import { readManifestAt } from '../base/read-manifest-at.ts'
import { DmError } from '../errors/dm-error.ts'
import type { Repository } from '../git/repository.ts'
import { updateLocalBranch } from '../git/update-local-branch.ts'
import { writeCommit } from '../git/write-commit.ts'
import { formatManifest } from '../manifest/format-manifest.ts'
import { parseManifest } from '../manifest/parse-manifest.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Proposal } from './plan-proposal.ts'

export interface ProposalText {
  /** Path of the manifest, relative to the data repository. */
  readonly manifestPath: string
  /** The change, applied to the manifest of the proposal's parent. */
  readonly edit: (manifest: Manifest) => Manifest
  /** Commit message. */
  readonly message: string
  readonly date: Date
}

/**
 * Writes the commit of a proposal into the object database; no branch points to it yet.
 *
 * @returns its hash
 */
export async function writeProposal(
  repository: Repository,
  proposal: Proposal,
  { manifestPath, edit, message, date }: ProposalText,
  signal?: AbortSignal,
): Promise<string> {
  const before = await readManifestAt(repository, proposal.parent, manifestPath, signal)
  const text = formatManifest(edit(before))
  // What is proposed must be readable by whoever merges it.
  parseManifest(text, { source: `The proposed ${manifestPath}` })
  const content = Buffer.from(text)
  const parents = proposal.parent === null ? [] : [proposal.parent]
  const files = new Map([[manifestPath, content]])
  return writeCommit(repository, { parents, files, message, date }, signal)
}

/**
 * Lets the proposal's local branch point to its commit.
 *
 * @throws DM_BRANCH_MOVED, DM_GIT_BRANCH_CHECKED_OUT
 */
export async function moveProposalBranch(
  repository: Repository,
  { branch, expected }: Proposal,
  commit: string,
  signal?: AbortSignal,
): Promise<void> {
  const { outcome } = await updateLocalBranch(repository, { branch, commit, expected }, signal)
  if (outcome === 'moved') throw new DmError('DM_BRANCH_MOVED', { branch })
}
