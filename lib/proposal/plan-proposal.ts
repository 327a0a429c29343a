import type { Base } from '../base/base.ts'
import { readManifestAt } from '../base/base.ts'
import { findProposedChanges, indexEntries } from '../base/proposed-changes.ts'
import { entriesOf } from '../base/scan-manifest.ts'
import type { Change } from '../change/change.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { authorsOf, type Identity } from '../git/write-commit.ts'
import { fetchBranch, listBranches, type RemoteReferences } from '../git/remote.ts'
import { findBranch, listReferences, verifyBranchUnblocked } from '../git/refs.ts'
import { isAncestor, isOnlyChange, mergeBase } from '../git/history.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { pathFromRoot } from '../git/verify-names.ts'
import { verifyNotCheckedOut } from '../git/work-trees.ts'
import { verifyPathUnblocked } from '../git/write-tree.ts'
import { compareManifests, type ManifestChange } from '../manifest/compare-manifests.ts'
import { pendingDiffs } from '../manifest/diff-files.ts'
import { isPending } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'

/** Where a change of the manifest is proposed. */
export interface Proposal {
  /** Name of the branch. */
  readonly branch: string
  /** The commit that the new one is built on; null: it is the repository's first. */
  readonly parent: string | null
  /** The branch's tip now; null: it does not exist. */
  readonly expected: string | null
  /**
   * `present`: the branch proposes the same already; `revised`: it holds an older proposal;
   * `reduced`: something of what it proposes is taken back; `emptied`: all, so the branch goes.
   */
  readonly state: 'new' | 'revised' | 'present' | 'reduced' | 'emptied'
  /** Whether it is a branch of this clone, also where others are pushed. */
  readonly isHere?: boolean
  /**
   * What the branch holds is of an older base and nobody else's: it begins anew on this one. Its
   * commit does not continue `expected`.
   */
  readonly isAnew?: true
  /** It is `present`, the author's own, and nothing is in its way: what it lacks may be added. */
  readonly isRenewable?: true
  /** The author's own older proposal that this one takes the place of; null: none. */
  readonly replaces: { readonly commit: string; readonly sha256: string | null } | null
}

export interface ProposalRequest {
  readonly repository: Repository
  readonly base: Base
  /** Path of the manifest, relative to the data repository. */
  readonly manifestPath: string
  readonly change: Change
  /** Whether the branch is made on the remote, where there is one, or only here. */
  readonly push: boolean
  readonly identity: Identity
}

/**
 * Finds the branch on which to propose a change: `data/<dataset>-<slug>`, with digits behind it
 * where somebody else's work holds that name.
 *
 * What would keep its commit from being written, or its branch from being moved, is told here, where
 * nothing is changed yet.
 *
 * @throws DM_BASE_EMPTY, DM_BRANCH_TAKEN, DM_GIT_BRANCH_BLOCKED, DM_GIT_BRANCH_CHECKED_OUT,
 *   DM_GIT_PATH_BLOCKED, DM_GIT_REMOTE_UNREACHABLE, DM_GIT_WORK_TREE_BUSY
 */
export async function planProposal(
  request: ProposalRequest,
  signal?: AbortSignal,
): Promise<Proposal> {
  const { repository, base, change, push } = request
  // A branch without a common history could never be merged once the base has its first commit.
  if (base.commit === null && repository.remote !== null) {
    throw new DmError('DM_BASE_EMPTY', { base: repository.base, remote: repository.remote })
  }
  const name = `data/${branchStem(change.dataset)}-${change.slug}`
  const candidates = [name, `${name}-${change.digits}`]
  // As they were when the base was fetched; what has changed since, the push finds out.
  const branches =
    push && hasRemote(repository)
      ? (base.branches ?? (await listBranches(repository, signal)))
      : undefined
  const remoteBranches = branches && [...branches.keys()]
  await verifyBranchUnblocked(repository, name, { remoteBranches, signal })
  for (const branch of candidates) {
    const found = await planOn(branch, request, branches, signal)
    if (found === null) continue
    const isFree = found.state === 'new' && found.expected === null
    const proposal = (isFree ? await planOnOvertaken(request, branches, signal) : null) ?? found
    const place = { isHere: branches === undefined, manifestPath: request.manifestPath }
    await verifyLandable(repository, proposal, place, signal)
    return proposal
  }
  throw new DmError('DM_BRANCH_TAKEN', { branches: candidates })
}

/**
 * That nothing keeps the proposal's commit from being written, nor its branch from being moved or
 * deleted.
 *
 * @param place.isHere whether it is a branch of this clone
 * @throws DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_PATH_BLOCKED, DM_GIT_WORK_TREE_BUSY
 */
export async function verifyLandable(
  repository: Repository,
  { state, branch, parent }: Proposal,
  { isHere, manifestPath }: { readonly isHere: boolean; readonly manifestPath: string },
  signal?: AbortSignal,
): Promise<void> {
  if (state === 'present') return
  if (isHere) await verifyNotCheckedOut(repository, branch, signal)
  const fullPath = pathFromRoot(repository.prefix, manifestPath)
  if (parent !== null) await verifyPathUnblocked(repository, parent, fullPath, signal)
}

/**
 * Whether nothing keeps a branch from being moved.
 *
 * @param isHere whether it is a branch of this clone
 */
export async function isMovable(
  repository: Repository,
  branch: string,
  isHere: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!isHere) return true
  return verifyNotCheckedOut(repository, branch, signal).then(
    () => true,
    (error: unknown) => {
      if (isDmError(error)) return false
      throw error
    },
  )
}

/**
 * null: the branch holds somebody else's work.
 *
 * @param branches of the remote; undefined: it is made here
 */
async function planOn(
  branch: string,
  { repository, base, manifestPath, change, identity }: ProposalRequest,
  branches: RemoteReferences | undefined,
  signal: AbortSignal | undefined,
): Promise<Proposal | null> {
  const tip =
    branches === undefined
      ? await findBranch(repository, branch, signal)
      : await fetchBranch(repository, branch, signal, branches)
  const fresh = { branch, parent: base.commit, state: 'new', replaces: null } as const
  if (tip === null) return { ...fresh, expected: null }
  // Merged already, with its name left behind.
  if (base.commit !== null && (await isAncestor(repository, tip, base.commit, signal))) {
    return { ...fresh, expected: tip }
  }
  const read = async (commit: string | null): Promise<Manifest> =>
    readManifestAt(repository, commit, manifestPath, signal)
  try {
    const proposed = await read(tip)
    const fork = base.commit === null ? null : await mergeBase(repository, tip, base.commit, signal)
    const before = await read(fork)
    const added = compareManifests(before, proposed)
    if (added.length === 0 || !added.every((one) => isOf(one, change))) return null
    const revised = change.edit(proposed)
    const wanted = idsOf(compareManifests(base.manifest, change.edit(base.manifest)))
    const isSame = compareManifests(proposed, revised).every(isIncidental)
    const authors = await authorsOf(repository, tip, base.commit, signal)
    if (isSame && idsOf(added) === wanted) {
      const isOwn = authors.at(0)?.email === identity.email
      const isHere = branches === undefined
      const isRenewable = isOwn && (await isMovable(repository, branch, isHere, signal))
      const here = { branch, parent: tip, expected: tip, replaces: null }
      return { ...here, state: 'present', ...(isRenewable ? { isRenewable } : {}) }
    }
    if (authors.at(0)?.email !== identity.email) return null
    const isSpent = fork !== null && outstandingOf(before, proposed, base.manifest).length === 0
    if (change.isAlone === true && !isSpent) return null
    const replaces = isSpent ? null : { commit: tip, sha256: hashOf(added) }
    const isRevised = idsOf(compareManifests(before, revised)) === wanted
    if (fork === null || (!isSpent && isRevised)) {
      return { branch, parent: tip, expected: tip, state: 'revised', replaces }
    }
    // On top of what is there it would say more than the change does.
    if (!authors.every(({ email }) => email === identity.email)) return null
    const own = [manifestPath, ...pendingDiffs(proposed, manifestPath)]
    if (!(await isOnlyChange(repository, [fork, tip], own, signal))) return null
    const state = isSpent ? 'new' : 'revised'
    return { branch, parent: base.commit, expected: tip, state, replaces, isAnew: true }
  } catch (error) {
    if (isOtherWork(error)) return null
    throw error
  }
}

/** So many branches are looked at, those with the highest numbers. */
const mostOvertaken = 5

/**
 * An own branch of a lower number that the base has got otherwise: its proposal is renumbered there,
 * so that its pull request goes on. null: there is none.
 *
 * @throws DM_REBASE_WANTED where it proposes the same bytes, made without what the base has now
 */
async function planOnOvertaken(
  request: ProposalRequest,
  branches: RemoteReferences | undefined,
  signal: AbortSignal | undefined,
): Promise<Proposal | null> {
  const { repository, base, change } = request
  const { dataset, slug: version, digits } = change
  if (change.isNumbered !== true || base.commit === null) return null
  const stem = `refs/heads/data/${branchStem(dataset)}-v`
  const names = branches
    ? [...branches.keys()]
    : (await listReferences(repository, ['refs/heads/data'], signal)).map(({ name }) => name)
  const numbered = names.flatMap((name) => {
    const number = /^(\d+)(?:-[0-9a-f]{8})?$/.exec(name.slice(stem.length))?.[1]
    if (!name.startsWith(stem) || number === undefined) return []
    return [{ branch: name.slice('refs/heads/'.length), number: Number(number) }]
  })
  const lower = numbered
    .filter(({ number }) => number < Number(version.slice(1)))
    .toSorted((a, b) => b.number - a.number)
  for (const { branch } of lower.slice(0, mostOvertaken)) {
    const proposal = await planOn(branch, request, branches, signal)
    if (proposal === null || proposal.state === 'new') continue
    const isSame = proposal.replaces?.sha256?.startsWith(digits) === true
    if (proposal.isAnew !== true || !isSame) return proposal
    throw new DmError('DM_REBASE_WANTED', { dataset, branch, version })
  }
  return null
}

/** Whether a difference is part of a proposal for the same dataset: nothing published is edited. */
function isOf(difference: ManifestChange, { dataset }: Change): boolean {
  if (difference.dataset.fileName !== dataset) return false
  return difference.kind !== 'entry-published'
}

/** What differences say of entries and marks; other fields of a dataset are nobody's proposal. */
function idsOf(differences: readonly ManifestChange[]): string {
  return differences
    .flatMap((one) => {
      if ('entry' in one) return [`${one.kind} ${one.entry.version} ${one.entry.sha256}`]
      const isMark = one.kind === 'dataset-changed' && one.fields.includes('status')
      return isMark ? [`${one.kind} ${one.dataset.status}`] : []
    })
    .toSorted()
    .join('\n')
}

/** What a branch proposes that the base does not have: nothing where it was merged by a squash. */
function outstandingOf(before: Manifest, after: Manifest, now: Manifest): readonly object[] {
  const [was, is] = [before, now].map((manifest) => indexEntries(entriesOf(manifest)))
  return was && is ? findProposedChanges(was, entriesOf(after), is) : []
}

/** When it was proposed, and what says how it differs, make no other proposal of the same bytes. */
function isIncidental(difference: ManifestChange): boolean {
  const incidental = new Set(['timestamp', 'diffFromPrevious'])
  return (
    difference.kind === 'entry-changed' && difference.fields.every((one) => incidental.has(one))
  )
}

/** The hash of the version that a branch proposes; null where it proposes something else. */
function hashOf(differences: readonly ManifestChange[]): string | null {
  const entries = differences.flatMap((one) =>
    'entry' in one && one.kind !== 'entry-removed' && isPending(one.entry) ? [one.entry] : [],
  )
  return entries[0]?.sha256 ?? null
}

/** What is on a branch of that name and is no manifest, or has no place for the change. */
function isOtherWork(error: unknown): boolean {
  return isDmError(error) && (error.exit === 3 || noPlace.has(error.code))
}

const noPlace: ReadonlySet<string> = new Set([
  'DM_MANIFEST_ENTRY_EXISTS',
  'DM_MANIFEST_ENTRY_PUBLISHED',
  'DM_UNKNOWN_DATASET',
  'DM_UNKNOWN_VERSION',
])

/** What of a dataset's name can be part of a branch's: old names may hold anything. */
function branchStem(dataset: string): string {
  return dataset
    .replace(/\.sqlite$/, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[.-]+|(?:\.lock)?[.]*$/g, '')
}
