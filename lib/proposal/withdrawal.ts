import { readManifestAt } from '../base/base.ts'
import type { Change } from '../change/change.ts'
import { DmError } from '../errors/dm-error.ts'
import { pendingDiffs } from '../manifest/diff-files.ts'
import { isOnlyChange, mergeBase } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { authorsOf } from '../git/write-commit.ts'
import { compareManifests } from '../manifest/compare-manifests.ts'
import type { Item } from '../manifest/edits.ts'
import { findDataset, getEntry } from '../manifest/lookup.ts'
import { formatItem, parseItem } from '../manifest/parse-item.ts'
import { contentKind, isMarked, isPending } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'
import { highestNumber, versionNumber } from '../manifest/versions.ts'
import {
  type Candidate,
  type CandidatesRequest,
  isCalledProposal,
  isOwn,
  readCandidates,
  tipOf,
} from './candidates.ts'
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

export interface WithdrawalRequest extends CandidatesRequest {
  /** `NAME` or `NAME@vN`. */
  readonly name: string
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
  const proposed = await readCandidates(request, dataset, signal)
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
    throw new DmError('DM_WITHDRAWAL_FOREIGN', { item: formatItem(other.item), kind, branch, by })
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
    return { item: formatItem(item), kind, branch, isHere }
  })
  throw new DmError('DM_WITHDRAWAL_SEVERAL', { dataset, remote, list })
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
      if (isPending(entry)) return [found(entry.version, contentKind(entry))]
      return isMarked(entry) ? [found(entry.version, 'deletion')] : []
    }),
  ]
}

/** Nothing is to be taken back: whether what was asked for makes sense at all. */
function verifyPlausible(
  manifest: Manifest,
  { dataset: name, version }: Item,
  proposed: readonly Candidate[],
): void {
  const dataset = findDataset(manifest, name)
  if (dataset === undefined && proposed.length > 0) {
    const known = proposed.flatMap(({ item }) => item.version ?? [])
    throw new DmError('DM_UNKNOWN_VERSION', { dataset: name, version: version ?? '', known })
  }
  if (dataset === undefined) {
    // Of a new dataset whose only proposal was taken back, nothing is left that could tell.
    const known = manifest.datasets.map(({ fileName }) => fileName)
    const advice = `If its only proposal was withdrawn, that is done: nothing proposes '${name}' any more.`
    throw new DmError('DM_UNKNOWN_DATASET', { dataset: name, known, advice })
  }
  // What was withdrawn had the next number: doing it again is no mistake.
  if (version === null || versionNumber(version) === highestNumber(dataset.history) + 1) return
  getEntry(dataset, version)
  throw new DmError('DM_MANIFEST_ENTRY_PUBLISHED', { dataset: name, version })
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
  const proposed = await readManifestAt(repository, tip, path, signal)
  const after = change.edit(proposed)
  const authors = await authorsOf(repository, tip, base.commit, signal)
  const isEmpty =
    isCalledProposal({ branch }) &&
    authors.every(({ email }) => email === identity.email) &&
    compareManifests(before, after).length === 0 &&
    (await isOnlyChange(repository, [fork, tip], [path, ...pendingDiffs(proposed, path)], signal))
  const state = isEmpty ? 'emptied' : 'reduced'
  const proposal = { branch, parent: tip, expected: tip, state, replaces: null, isHere } as const
  await verifyLandable(repository, proposal, { isHere, manifestPath: path }, signal)
  return proposal
}
