import { readManifestAt } from '../base/base.ts'
import { highestRetired, type Retired } from '../base/read-retired.ts'
import { type Renumbered, renumber } from '../change/renumber.ts'
import { findPredecessor } from '../diff/version-diff.ts'
import type { Revert } from '../diff/find-reverts.ts'
import { DmError } from '../errors/dm-error.ts'
import { isOnlyChange, mergeBase } from '../git/history.ts'
import { authorsOf } from '../git/write-commit.ts'
import { compareManifests } from '../manifest/compare-manifests.ts'
import { pendingDiffs } from '../manifest/diff-files.ts'
import { findDeltaBase } from '../manifest/delta-base.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import { findDataset, getDataset } from '../manifest/lookup.ts'
import { parseItem } from '../manifest/parse-item.ts'
import { isPending } from '../manifest/status.ts'
import type { Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { type CandidatesRequest, isOwn, readCandidates, tipOf } from './candidates.ts'
import { type Wanted, wantedOf } from '../pull/wanted.ts'
import { isMovable, type Proposal } from './plan-proposal.ts'

export interface RebaseRequest extends CandidatesRequest {
  /** The dataset's name. */
  readonly name: string
  readonly retired: Retired
}

/** An own proposal that is put onto the base as it is now. */
export interface Rebase {
  readonly dataset: string
  readonly change: Renumbered
  /** Where it goes; `present`: it is on the base as it is now already. */
  readonly proposal: Proposal
}

/**
 * Finds the own branch that proposes a version of a dataset, and plans it anew on the base.
 *
 * @throws DM_UNKNOWN_DATASET; DM_REBASE_NOTHING where no own branch proposes a version;
 *   DM_REBASE_SEVERAL; DM_REBASE_OTHERS for a branch that holds more than that, or other people's
 *   commits; as `renumber`; exit 2; DM_STAGED_BASE where what a delta builds upon is gone, exit 3
 */
export async function planRebase(request: RebaseRequest, signal?: AbortSignal): Promise<Rebase> {
  const { repository, base, name, path, retired, identity } = request
  const { dataset } = parseItem(base.manifest, name)
  const place = await findOwn(request, dataset, signal)
  const { branch } = place
  const tip = await tipOf(repository, base, place, signal)
  if (tip === null || base.commit === null) throw new DmError('DM_BRANCH_MOVED', { branch })
  const fork = await mergeBase(repository, tip, base.commit, signal)
  const read = (commit: string | null): Promise<Manifest> =>
    readManifestAt(repository, commit, path, signal)
  const [before, proposed] = [await read(fork), await read(tip)]
  const entry = onlyEntry(before, proposed, { dataset, branch })
  const change = renumber({
    now: base.manifest,
    before,
    proposed: getDataset(proposed, dataset),
    entry,
    retired: highestRetired(retired, dataset),
  })
  verifyBase(base.manifest, change, retired)
  const here = { branch, expected: tip, isHere: place.isHere }
  // What others have changed of the manifest may stand beside it, but in the same place it conflicts.
  const isCurrent =
    change.from === change.entry.version && compareManifests(before, base.manifest).length === 0
  if (isCurrent) {
    const present = { ...here, parent: tip, state: 'present', replaces: null } as const
    const isRenewable = await isMovable(repository, branch, place.isHere, signal)
    const proposal = { ...present, ...(isRenewable ? { isRenewable } : {}) }
    return { dataset, change, proposal }
  }
  const authors = await authorsOf(repository, tip, base.commit, signal)
  const others = authors.find(({ email }) => email !== identity.email)?.name ?? null
  const own = [path, ...pendingDiffs(proposed, path)]
  if (others !== null || !(await isOnlyChange(repository, [fork, tip], own, signal))) {
    throw new DmError('DM_REBASE_OTHERS', { branch, by: others, path })
  }
  const replaces = { commit: tip, sha256: entry.sha256 }
  const proposal = {
    ...here,
    parent: base.commit,
    state: 'revised',
    replaces,
    isAnew: true,
  } as const
  return { dataset, change, proposal }
}

/** A version that is staged as a delta can be published only while what that builds upon is there. */
function verifyBase(
  manifest: Manifest,
  { dataset: name, entry }: Renumbered,
  { list }: Retired,
): void {
  const { base } = parseStagingKey(entry.staging_key ?? '') ?? {}
  const dataset = findDataset(manifest, name)
  if (base === undefined) return
  const key = entry.r2_object_key
  if (dataset !== undefined && findDeltaBase(dataset, { key, base }, list) !== undefined) return
  throw new DmError('DM_STAGED_BASE', { dataset: name, version: entry.version, base })
}

/**
 * What tells which rows of others a proposal would undo: the version that its author had, the newest
 * on the base, and the proposed one; null: the author had none.
 */
export function findSides(
  { change }: Rebase,
  manifest: Manifest,
  staging: string,
): readonly [before: Wanted, theirs: Wanted, ours: Wanted] | null {
  const { bucket, dataset: fileName, seen, entry } = change
  const newest = findPredecessor(manifest, fileName)
  if (seen === null || newest === undefined) return null
  const { history } = getDataset(manifest, fileName)
  const toWanted = (one: VersionEntry): Wanted =>
    wantedOf({ fileName, bucket, history }, one, staging)
  return [toWanted(seen), toWanted(newest), toWanted(entry)]
}

/**
 * @param reverts what of others would be undone; null: that is not known
 * @throws DM_REBASE_REVERTS, exit 2, where that is something, or may be, and nobody said that it may go
 */
export function verifyReverts(
  { dataset, change }: Rebase,
  reverts: readonly Revert[] | null,
  isAccepted: boolean,
): void {
  const { unseen, entry } = change
  if (unseen.length === 0 || isAccepted || reverts?.length === 0) return
  throw new DmError('DM_REBASE_REVERTS', { dataset, version: entry.version, unseen, reverts })
}

async function findOwn(
  request: RebaseRequest,
  dataset: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly branch: string; readonly isHere: boolean }> {
  const found = new Map<string, { branch: string; isHere: boolean; version: VersionName | null }>()
  const candidates = await readCandidates(request, dataset, signal)
  for (const candidate of candidates) {
    const { kind, branch, isHere, item } = candidate
    if (kind === 'deletion' || branch === null || !(await isOwn(request, candidate, signal)))
      continue
    found.set(branch, { branch, isHere, version: item.version })
  }
  const [first, second] = found.values()
  if (first === undefined) {
    // A name that nobody knows is a mistake of another kind.
    if (candidates.length === 0) getDataset(request.base.manifest, dataset)
    throw new DmError('DM_REBASE_NOTHING', { dataset })
  }
  if (second === undefined) return first
  const list = Array.from(found.values(), ({ branch, version }) => ({ branch, version }))
  throw new DmError('DM_REBASE_SEVERAL', { dataset, list })
}

/** The one pending entry that is all that a branch proposes. */
function onlyEntry(
  before: Manifest,
  proposed: Manifest,
  { dataset, branch }: { readonly dataset: string; readonly branch: string },
): VersionEntry {
  const [first, ...others] = compareManifests(before, proposed).flatMap((one) => {
    if (one.kind === 'dataset-added' && one.dataset.fileName === dataset) return []
    const isIts = one.dataset.fileName === dataset && one.kind === 'entry-added'
    return [isIts && isPending(one.entry) ? one.entry : null]
  })
  if (first !== undefined && first !== null && others.length === 0) return first
  throw new DmError('DM_REBASE_MORE', { dataset, branch })
}
