import { readManifestAt, type Base } from '../base/base.ts'
import type { ProposedChange } from '../base/proposed-changes.ts'
import { type Proposed, readProposed } from '../base/references.ts'
import { DmError } from '../errors/dm-error.ts'
import { isOnlyChange, mergeBase } from '../git/history.ts'
import { findBranch } from '../git/refs.ts'
import { fetchBranch } from '../git/remote.ts'
import { hasRemote, type Repository } from '../git/repository.ts'
import { authorsOf, type Identity } from '../git/write-commit.ts'
import type { Change } from '../change/change.ts'
import { compareManifests } from '../manifest/compare-manifests.ts'
import type { Item } from '../manifest/edits.ts'
import { findDataset, getDataset, getEntry } from '../manifest/lookup.ts'
import { parseItem } from '../manifest/parse-item.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'
import { highestNumber, versionNumber } from '../manifest/versions.ts'
import { type Proposal, verifyLandable } from './plan-proposal.ts'

/** Something that can be taken back: what it is, and where it stands. */
export interface Withdrawal {
  readonly item: Item
  readonly kind: 'upload' | 'rollback' | 'deletion'
  /** The branch that proposes it; null: it is on the base. */
  readonly branch: string | null
  /** Whether that is a branch of this clone, not of the remote. */
  readonly isHere: boolean
}

export interface WithdrawalRequest {
  readonly repository: Repository
  readonly base: Base
  /** Of the remote where there is one. */
  readonly proposed: Proposed
  /** `NAME` or `NAME@vN`. */
  readonly name: string
  /** Whether branches of the remote count; those of this clone do so always. */
  readonly push: boolean
  readonly identity: Identity
  /** Of the manifest, relative to the data repository. */
  readonly path: string
  /** Logical name of the staging bucket. */
  readonly staging: string
}

/** What there is to take back, or the item that was asked for where there is nothing. */
export type Found = { readonly withdrawal: Withdrawal } | { readonly nothing: Item }

/**
 * Finds what is to be taken back: what is pending or marked on the base, else what the author's own
 * branches propose.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_WITHDRAWAL_SEVERAL where it was not said which;
 *   DM_WITHDRAWAL_FOREIGN where only others propose it; DM_MANIFEST_ENTRY_PUBLISHED for what is
 *   published and not marked; DM_USAGE; exit 2
 */
export async function findWithdrawal(
  request: WithdrawalRequest,
  signal?: AbortSignal,
): Promise<Found> {
  const { repository, base, name } = request
  const { dataset, version } = parseItem(base.manifest, name, {
    advice: 'dm status shows what can be withdrawn',
  })
  if (version === 'latest') {
    throw new DmError('DM_USAGE', {
      problem: 'The latest version is published, and what is published is not withdrawn.',
      hint: 'Name the version: NAME@vN. dm status shows what can be withdrawn.',
    })
  }
  const item = { dataset, version }
  const here = choose(repository, item, onBase(base.manifest, dataset))
  if (here !== undefined && (version !== null || here.item.version === null)) {
    return { withdrawal: here }
  }
  const proposed = await onBranches(request, dataset, signal)
  const mine: Withdrawal[] = []
  const others: Candidate[] = []
  for (const one of proposed) {
    if (version !== null && one.item.version !== version) continue
    if (await isOwn(request, one, signal)) mine.push(one)
    else others.push(one)
  }
  const found = choose(repository, item, [...(here === undefined ? [] : [here]), ...mine])
  if (found !== undefined) return { withdrawal: found }
  const [other] = others
  if (other !== undefined) {
    const { branch, by, kind } = other
    throw new DmError('DM_WITHDRAWAL_FOREIGN', { item: nameOf(other.item), kind, branch, by })
  }
  verifyPlausible(base.manifest, item, proposed)
  return { nothing: item }
}

/** The one that is meant; undefined: there is none. */
function choose(
  { remote }: Repository,
  { dataset, version }: Item,
  found: readonly Withdrawal[],
): Withdrawal | undefined {
  const wanted = found.filter(({ item }) => version === null || item.version === version)
  // A version can be named; the whole cannot be named in another way.
  const whole = wanted.filter(({ item }) => item.version === null)
  const meant = whole.length > 0 ? whole : wanted
  if (meant.length < 2) return meant[0]
  const list = meant.map(({ item, kind, branch, isHere }) => {
    return { item: nameOf(item), kind, branch, isHere }
  })
  throw new DmError('DM_WITHDRAWAL_SEVERAL', { dataset, remote, list })
}

function nameOf({ dataset, version }: Item): string {
  return version === null ? dataset : `${dataset}@${version}`
}

function onBase(manifest: Manifest, name: string): Withdrawal[] {
  const dataset = findDataset(manifest, name)
  if (dataset === undefined) return []
  const found = (version: Item['version'], kind: Withdrawal['kind']): Withdrawal => {
    return { item: { dataset: name, version }, kind, branch: null, isHere: false }
  }
  return [
    ...(isMarked(dataset) ? [found(null, 'deletion')] : []),
    ...dataset.history.flatMap((entry) => {
      const kind = entry.staging_key === undefined ? 'rollback' : 'upload'
      if (isPending(entry)) return [found(entry.version, kind)]
      return isMarked(entry) ? [found(entry.version, 'deletion')] : []
    }),
  ]
}

/** Something that a branch or a pull request proposes, and who it is of. */
interface Candidate extends Withdrawal {
  /** The tip that proposes it. */
  readonly commit: string
  readonly by: string | null
}

async function onBranches(
  { repository, base, proposed, push, path, staging }: WithdrawalRequest,
  dataset: string,
  signal: AbortSignal | undefined,
): Promise<Candidate[]> {
  const { commit } = base
  if (!hasRemote(repository) || commit === null) {
    return withoutCopies(candidatesOf(proposed, dataset, true))
  }
  const clone = { ...repository, remote: null }
  const local = await readProposed(clone, { ...base, commit }, { path, staging }, signal)
  const here = candidatesOf(local, dataset, true)
  if (!push) return withoutCopies(here)
  // What is on the remote, too, is taken back there.
  const there = candidatesOf(proposed, dataset, false)
  const names = base.branches ?? new Map<string, string>()
  const onlyHere = here.filter(({ branch }) => !names.has(`refs/heads/${branch}`))
  return withoutCopies([...there, ...onlyHere])
}

/** A branch that is not called as a proposal, and shares the tip of one that is, only keeps it. */
function withoutCopies(found: readonly Candidate[]): Candidate[] {
  const own = new Set(found.filter(isCalledProposal).map(({ commit }) => commit))
  return found.filter((one) => isCalledProposal(one) || !own.has(one.commit))
}

function isCalledProposal({ branch }: Pick<Candidate, 'branch'>): boolean {
  return branch !== null && branch.startsWith('data/')
}

function candidatesOf({ proposals }: Proposed, dataset: string, isHere: boolean): Candidate[] {
  const found = proposals.flatMap(({ names, commit, changes, made }) => {
    const branches = names.flatMap((name) =>
      name.startsWith('refs/heads/') ? [name.slice('refs/heads/'.length)] : [],
    )
    const places = branches.length === 0 ? [null] : branches
    return places.flatMap((branch) =>
      changes
        .filter(({ entry }) => entry.dataset === dataset)
        .flatMap((change) => toCandidate(change, { branch, isHere, commit, by: made.by })),
    )
  })
  return found.toSorted((a, b) => (a.branch ?? '').localeCompare(b.branch ?? '', 'en'))
}

function toCandidate(
  { kind, entry, isWhole }: ProposedChange,
  place: Omit<Candidate, 'item' | 'kind'>,
): Candidate[] {
  if (kind === 'withdrawal') return []
  const item = { dataset: entry.dataset, version: isWhole ? null : `v${entry.number}` }
  return [{ item, kind, ...place }]
}

async function isOwn(
  { repository, base, identity }: WithdrawalRequest,
  { branch, isHere }: Candidate,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (branch === null) return false
  const tip = await tipOf(repository, base, { branch, isHere }, signal)
  if (tip === null) return false
  const [author] = await authorsOf(repository, tip, base.commit, signal)
  return author?.email === identity.email
}

/** Nothing is to be taken back: whether what was asked for makes sense at all. */
function verifyPlausible(
  manifest: Manifest,
  { dataset: name, version }: Item,
  proposed: readonly Candidate[],
): void {
  if (findDataset(manifest, name) === undefined && proposed.length > 0) {
    const known = proposed.flatMap(({ item }) => item.version ?? [])
    throw new DmError('DM_UNKNOWN_VERSION', { dataset: name, version: version ?? '', known })
  }
  const dataset = getDataset(manifest, name)
  // What was withdrawn had the next number: doing it again is no mistake.
  if (version === null || versionNumber(version) === highestNumber(dataset.history) + 1) return
  getEntry(dataset, version)
  throw new DmError('DM_MANIFEST_ENTRY_PUBLISHED', { dataset: name, version })
}

/** The branch's commit now; null: it is gone. */
async function tipOf(
  repository: Repository,
  { branches }: Base,
  { branch, isHere }: { readonly branch: string; readonly isHere: boolean },
  signal: AbortSignal | undefined,
): Promise<string | null> {
  return isHere
    ? findBranch(repository, branch, signal)
    : fetchBranch(repository, branch, signal, branches)
}

type OwnBranchRequest = Pick<WithdrawalRequest, 'repository' | 'base' | 'path' | 'identity'>

/**
 * Plans the further commit by which a withdrawal takes something off its own branch, or that the
 * branch goes, where it proposes nothing else and nobody else has worked on it.
 *
 * @throws DM_BRANCH_MOVED, DM_GIT_BRANCH_CHECKED_OUT, DM_GIT_PATH_BLOCKED, DM_GIT_WORK_TREE_BUSY
 */
export async function planOnOwnBranch(
  { repository, base, path, identity }: OwnBranchRequest,
  { branch, isHere }: { readonly branch: string; readonly isHere: boolean },
  change: Change,
  signal?: AbortSignal,
): Promise<Proposal> {
  const tip = await tipOf(repository, base, { branch, isHere }, signal)
  if (tip === null) throw new DmError('DM_BRANCH_MOVED', { branch })
  const fork = base.commit === null ? null : await mergeBase(repository, tip, base.commit, signal)
  const before = await readManifestAt(repository, fork, path, signal)
  const after = change.edit(await readManifestAt(repository, tip, path, signal))
  const authors = await authorsOf(repository, tip, base.commit, signal)
  const isEmpty =
    isCalledProposal({ branch }) &&
    authors.every(({ email }) => email === identity.email) &&
    compareManifests(before, after).length === 0 &&
    (await isOnlyChange(repository, [fork, tip], path, signal))
  const state = isEmpty ? 'emptied' : 'reduced'
  const proposal = { branch, parent: tip, expected: tip, state, replaces: null, isHere } as const
  await verifyLandable(repository, proposal, { isHere, manifestPath: path }, signal)
  return proposal
}
