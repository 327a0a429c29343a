import { isDeepStrictEqual } from 'node:util'
import type { Base } from '../base/base.ts'
import { readManifestAt } from '../base/read-manifest-at.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { authorOf } from '../git/author-of.ts'
import { fetchBranch } from '../git/fetch-branch.ts'
import { findBranch } from '../git/find-branch.ts'
import { isAncestor } from '../git/is-ancestor.ts'
import { listRemoteBranches } from '../git/list-remote-branches.ts'
import type { Repository } from '../git/repository.ts'
import { verifyBranchUnblocked } from '../git/verify-branch-unblocked.ts'
import type { Identity } from '../git/verify-identity.ts'
import { bucketOf } from '../manifest/bucket-of.ts'
import { findDataset } from '../manifest/find-dataset.ts'
import { isPending } from '../manifest/is-pending.ts'
import type { VersionEntry } from '../manifest/types.ts'

/** Where a change of the manifest is proposed. */
export interface Proposal {
  /** Name of the branch. */
  readonly branch: string
  /** The commit that the new one is built on; null: it is the repository's first. */
  readonly parent: string | null
  /** The branch's tip now; null: it does not exist. */
  readonly expected: string | null
  /** `present`: the branch proposes the same already; `revised`: it holds an older proposal. */
  readonly state: 'new' | 'revised' | 'present'
}

export interface ProposedEntry {
  /** The dataset's name. */
  readonly dataset: string
  /** Logical name of the dataset's bucket. */
  readonly bucket: string
  readonly entry: VersionEntry
}

export interface ProposalRequest {
  readonly repository: Repository
  readonly base: Base
  /** Path of the manifest, relative to the data repository. */
  readonly manifestPath: string
  readonly change: ProposedEntry
  /** Whether the branch is made on the remote, or only here. */
  readonly push: boolean
  readonly identity: Identity
}

/**
 * Finds the branch on which to propose an entry: `data/<dataset>-<version>`, with digits of the
 * hash behind it where somebody else's work holds that name.
 *
 * @throws DM_BRANCH_TAKEN, DM_GIT_BRANCH_BLOCKED, DM_GIT_REMOTE_UNREACHABLE
 */
export async function planProposal(
  request: ProposalRequest,
  signal?: AbortSignal,
): Promise<Proposal> {
  const { repository, change, push } = request
  const name = `data/${branchStem(change.dataset)}-${change.entry.version}`
  const candidates = [name, `${name}-${change.entry.sha256.slice(0, 8)}`]
  const remoteBranches = push
    ? (await listRemoteBranches(repository, signal)).map((reference) => reference.name)
    : undefined
  await verifyBranchUnblocked(repository, name, { remoteBranches, signal })
  for (const branch of candidates) {
    const proposal = await planOn(branch, request, signal)
    if (proposal !== null) return proposal
  }
  throw new DmError('DM_BRANCH_TAKEN', { branches: candidates })
}

/** null: the branch holds somebody else's work. */
async function planOn(
  branch: string,
  { repository, base, manifestPath, change, push, identity }: ProposalRequest,
  signal: AbortSignal | undefined,
): Promise<Proposal | null> {
  const tip = push
    ? await fetchBranch(repository, branch, signal)
    : await findBranch(repository, branch, signal)
  if (tip === null) return { branch, parent: base.commit, expected: null, state: 'new' }
  // Merged already, with its name left behind.
  if (base.commit !== null && (await isAncestor(repository, tip, base.commit, signal))) {
    return { branch, parent: base.commit, expected: tip, state: 'new' }
  }
  const manifest = await readManifestAt(repository, tip, manifestPath, signal).catch(notReadable)
  const dataset = manifest === null ? undefined : findDataset(manifest, change.dataset)
  const proposed = dataset?.history.find(({ version }) => version === change.entry.version)
  if (dataset === undefined || proposed === undefined || !isPending(proposed)) return null
  // A branch keeps the bucket that it proposes for a new dataset.
  if (bucketOf(dataset) !== change.bucket) return null
  if (isSameProposal(proposed, change.entry)) {
    return { branch, parent: tip, expected: tip, state: 'present' }
  }
  const author = await authorOf(repository, tip, signal)
  if (author.email !== identity.email) return null
  return { branch, parent: tip, expected: tip, state: 'revised' }
}

/** Whatever is on a branch of that name and is no manifest is somebody else's work. */
function notReadable(error: unknown): null {
  if (isDmError(error) && error.exit === 3) return null
  throw error
}

/** What of a dataset's name can be part of a branch's: old names may hold anything. */
function branchStem(dataset: string): string {
  return dataset
    .replace(/\.sqlite$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[.-]+|(?:\.lock)?[.]*$/g, '')
}

/** Whether two entries propose the same: when they were made does not count. */
function isSameProposal(a: VersionEntry, b: VersionEntry): boolean {
  const { timestamp: _a, ...restOfA } = a
  const { timestamp: _b, ...restOfB } = b
  return isDeepStrictEqual(restOfA, restOfB)
}
