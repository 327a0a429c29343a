import type { Environment } from '../config/define-config.ts'
import { compareFiles, type NamedDatabase } from '../diff/compare-files.ts'
import type { Progress } from '../diff/run-in-worker.ts'
import type { DatabaseDiff } from '../diff/types.ts'
import { withVerified } from '../diff/verify-still.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { findDataset, getDataset, getEntry } from '../manifest/lookup.ts'
import type { ProposedItem } from '../manifest/proposed-items.ts'
import { isContent, latestPublished } from '../manifest/status.ts'
import type { Manifest, VersionName } from '../manifest/types.ts'
import { wantedOf } from '../pull/wanted.ts'
import type { Bring } from '../transfer/bring-named.ts'
import {
  checkDiff,
  type ClaimCheck,
  type DiffClaim,
  type FileClaim,
  type StagedClaim,
} from './check-diff.ts'
import type { PlacedProblem } from './placed-problem.ts'
import { toldVersions } from './told-versions.ts'

export interface DataComparison extends ClaimCheck {
  readonly items: readonly ProposedItem[]
  readonly claims: readonly (FileClaim | StagedClaim)[]
  readonly base: Manifest
  /** The proposed manifest. */
  readonly after: Manifest
  readonly bring: Bring
  /** Logical name of the staging bucket. */
  readonly staging: string
  readonly env: Environment
  /** Whether of a dataset of this bucket more than its name may be said. */
  readonly isTellable: (bucket: string) => boolean
  readonly report: (progress: Progress) => void
  readonly dispose: (cleanUp: () => void | Promise<void>) => void
  /** Told of each version that could not be compared, and why. */
  readonly notice: (failure: DmError) => void
}

export interface ComparedData {
  /** How its bytes differ from those of the latest published version, by `<dataset> <version>`. */
  readonly dataDiffs: ReadonlyMap<string, DatabaseDiff>
  /** Claims that are not what the bytes say. */
  readonly falseDiffs: readonly PlacedProblem[]
  /** Claims of which nobody knows. */
  readonly unverifiedDiffs: readonly DiffClaim[]
}

/**
 * Compares the bytes of each proposed version with those of the latest published one, and holds what
 * is said of them against the bytes. What cannot be compared is left out and told: nobody then knows
 * what it changes.
 */
export async function compareData(comparison: DataComparison): Promise<ComparedData> {
  const { items, base, claims } = comparison
  const compare = comparer(comparison)
  const isTold = toldVersions(comparison, comparison.isTellable)
  const dataDiffs = new Map<string, DatabaseDiff>()
  for (const { kind, dataset, entry } of items) {
    if (entry === null || !isContent(kind)) continue
    const known = findDataset(base, dataset.fileName)
    const former = known && latestPublished(known)
    if (former === undefined) continue
    const diff = await compare(dataset.fileName, former.version, entry.version)
    if (diff !== null) dataDiffs.set(`${dataset.fileName} ${entry.version}`, diff)
  }
  const falseDiffs: PlacedProblem[] = []
  const unverifiedDiffs: DiffClaim[] = []
  for (const claim of claims) {
    const diff = await compare(claim.dataset, claim.from, claim.version)
    // Where a claim in a file begins to be wrong tells line by line what is true.
    const isOpen = !('path' in claim) || isTold(claim.dataset, claim.from, claim.version)
    const found =
      diff !== null && isOpen ? await checkDiff(claim, diff, comparison) : ('unproved' as const)
    if (found === 'unproved') unverifiedDiffs.push(claim)
    else if (found !== null) falseDiffs.push(found)
  }
  return { dataDiffs, falseDiffs, unverifiedDiffs }
}

/** Compares each two versions once; null: they cannot be, which is told. */
function comparer(
  comparison: DataComparison,
): (dataset: string, from: VersionName, to: VersionName) => Promise<DatabaseDiff | null> {
  const { isTellable, notice, report, signal } = comparison
  const isTold = toldVersions(comparison, isTellable)
  const known = new Map<string, DatabaseDiff | null>()
  return async (dataset, from, to) => {
    const name = `${dataset} ${from} ${to}`
    const found = known.get(name)
    if (found !== undefined) return found
    const isOpen = isTold(dataset, from, to)
    // What it is at in words names a table.
    const reportBytes: typeof report = (progress) => {
      if (typeof progress !== 'string') report(progress)
    }
    const told = { ...comparison, report: isOpen ? report : reportBytes }
    try {
      const diff = await compareOne(dataset, [from, to], told)
      known.set(name, diff)
      return diff
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      // What SQLite says of a database may name what is in it.
      notice(isOpen ? error : new DmError('DM_CHECK_UNCOMPARED', { dataset, version: to }))
      known.set(name, null)
      return null
    }
  }
}

async function compareOne(
  dataset: string,
  [former, version]: readonly [former: VersionName, version: VersionName],
  { base, after, claims, bring, staging, ...options }: DataComparison,
): Promise<DatabaseDiff> {
  const { env, signal, report, dispose } = options
  const bringFrom = async (manifest: Manifest, one: VersionName): Promise<NamedDatabase> => {
    const found = getDataset(manifest, dataset)
    return bring(wantedOf(found, getEntry(found, one), staging))
  }
  // What the base has, the base says.
  const isInBase = findDataset(base, dataset)?.history.some((entry) => entry.version === former)
  const [old, now] = [
    await bringFrom(isInBase ? base : after, former),
    await bringFrom(after, version),
  ]
  const sql = claims.some((one) => one.dataset === dataset && one.version === version)
  const { diff } = await withVerified([old.path, now.path], () =>
    compareFiles(old, now, { env, signal, report, sql }, dispose),
  )
  return diff
}
