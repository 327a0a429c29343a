import type { Base } from '../base/base.ts'
import type { Origin } from '../base/find-origins.ts'
import type { PublishedEver } from '../base/history.ts'
import { highestRetired, type Retired } from '../base/read-retired.ts'
import { DmError, type Problem, toProblem } from '../errors/dm-error.ts'
import { findDeltaBase } from '../manifest/delta-base.ts'
import { parseStagingKey } from '../manifest/keys.ts'
import { checkPendingEntry } from '../manifest/legal-changes.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { versionNumber } from '../manifest/versions.ts'
import { isUnderNumberOf } from '../manifest/retire.ts'
import { objectId } from '../manifest/retired.ts'
import {
  contentKind,
  isMarked,
  isPending,
  markedItems,
  PENDING,
  pendingEntries,
} from '../manifest/status.ts'
import type { Dataset, DatasetEntry, VersionEntry } from '../manifest/types.ts'
import type { Inventory } from './inventory.ts'
import type { DeltaBase, Deletion, Publication, PublicationPlan } from './publication.ts'

export interface PlanRequest {
  readonly base: Base
  readonly retired: Retired
  readonly inventory: Inventory
  /** Of the pending entries, by `findOrigins`. */
  readonly origins: ReadonlyMap<DatasetEntry, Origin>
  /** The pending entries that the origins are of. */
  readonly pending: readonly DatasetEntry[]
  /** The datasets whose published versions are not what they should be. */
  readonly blocked: ReadonlySet<string>
  /** The logical names of the buckets that the config has for datasets. */
  readonly buckets: readonly string[]
  readonly isPublic: (bucket: string) => boolean
  /** Whether an object carries the stamp of this data repository. */
  readonly isOwn: (object: { bucket: string; key: string }) => Promise<boolean>
  /** Reads the whole history; called only where a number seems to be used already. */
  readonly scan: (datasets: readonly string[]) => Promise<PublishedEver>
}

/** The pending entries that a publication looks at: what is marked as a whole goes as a whole. */
export function entriesToPublish({ manifest }: Base): DatasetEntry[] {
  return pendingEntries(manifest).filter(({ dataset }) => !isMarked(dataset))
}

/**
 * Plans everything that is pending or marked on the base: each entry is checked against the rules
 * for legal changes, again although its pull request was checked, since the base may have moved
 * since. What is refused is left as it is; the rest goes on.
 */
export async function planPublication(request: PlanRequest): Promise<PublicationPlan> {
  const publications: Publication[] = []
  const refused: Problem[] = []
  const usedNumbers = new Map<string, number>()
  const orphans: { bucket: string; key: string }[] = []
  const refusedBelow = new Map<Dataset, string>()
  for (const item of request.pending) {
    const { dataset, entry } = item
    const name = { dataset: dataset.fileName, version: entry.version }
    const below = refusedBelow.get(dataset)
    const errors =
      below === undefined
        ? check(item, request)
        : [new DmError('DM_CHANGE_PREDECESSOR', { ...name, below })]
    const others = errors.length === 0 ? othersUnderNumber(item, request) : []
    if (others.length > 0) {
      const ever = await request.scan([name.dataset])
      const number = versionNumber(entry.version)
      const used = others.find((key) => ever.had(name.dataset, number, key))
      if (used === undefined) {
        // Another repository may share the bucket: only what a publication from here left is given up.
        for (const key of others) {
          const one = { bucket: bucketOf(dataset), key }
          if (await request.isOwn(one)) orphans.push(one)
        }
      } else {
        usedNumbers.set(name.dataset, number)
        errors.push(new DmError('DM_CHANGE_NUMBER_USED', { ...name, key: used }))
      }
    }
    if (errors.length === 0) {
      publications.push(toPublication(item, originOf(item, request), request))
      continue
    }
    refusedBelow.set(dataset, below ?? entry.version)
    refused.push(...errors.map((error) => toProblem(error, name)))
  }
  return { publications, deletions: planDeletions(request), refused, usedNumbers, orphans }
}

function check(item: DatasetEntry, request: PlanRequest): DmError[] {
  const { dataset, entry } = item
  const { base, retired, inventory, blocked, buckets, isPublic } = request
  const name = { dataset: dataset.fileName, version: entry.version }
  const bucket = bucketOf(dataset)
  if (!buckets.includes(bucket))
    return [new DmError('DM_UNKNOWN_BUCKET', { bucket, known: buckets })]
  if (blocked.has(name.dataset)) return [new DmError('DM_CHANGE_BLOCKED', name)]
  const key = entry.r2_object_key
  const errors = checkPendingEntry({
    manifest: base.manifest,
    dataset,
    entry,
    before: originOf(item, request).before,
    retired: highestRetired(retired, name.dataset),
    isThere: entry.staging_key !== undefined && inventory.sizeOf(bucket, key) != null,
    isPublic,
  })
  const isGivenUp = retired.list?.objects.some(
    (object) => objectId(object) === objectId({ bucket, key }),
  )
  if (entry.staging_key === undefined && isGivenUp === true) {
    errors.push(new DmError('DM_CHANGE_RETIRED', { ...name, key }))
  }
  const found = inventory.sizeOf(bucket, key)
  if (found != null && entry.bytes !== undefined && entry.bytes !== found) {
    errors.push(new DmError('DM_OBJECT_SIZE', { ...name, bytes: entry.bytes, found }))
  }
  return errors
}

/** A pending entry without one would be neither published nor refused. */
function originOf(item: DatasetEntry, { origins }: PlanRequest): Origin {
  const origin = origins.get(item)
  if (origin !== undefined) return origin
  throw new TypeError(`nobody has looked where ${item.dataset.fileName} came from`)
}

/**
 * The keys in its bucket that have the entry's folder and number, but other bytes, and that nothing
 * accounts for; none for a rollback.
 */
function othersUnderNumber(
  { dataset, entry }: DatasetEntry,
  { base, retired, inventory }: PlanRequest,
): string[] {
  const bucket = bucketOf(dataset)
  const others = [...inventory.keys(bucket)].filter((key) => isUnderNumberOf(entry, key))
  if (others.length === 0) return []
  const named = base.manifest.datasets.flatMap((other) =>
    other.history.map(({ r2_object_key: key }) => objectId({ bucket: bucketOf(other), key })),
  )
  const known = new Set([...named, ...(retired.list?.objects ?? []).map(objectId)])
  return others.filter((key) => !known.has(objectId({ bucket, key })))
}

function toPublication(
  { dataset, entry }: DatasetEntry,
  { change }: Origin,
  { inventory, retired }: PlanRequest,
): Publication {
  const bucket = bucketOf(dataset)
  const key = entry.r2_object_key
  return {
    kind: contentKind(entry),
    dataset: dataset.fileName,
    version: entry.version,
    bucket,
    key,
    sha256: entry.sha256,
    bytes: entry.bytes ?? null,
    stagingKey: entry.staging_key ?? null,
    base: findBase(dataset, entry, inventory, retired),
    isThere: inventory.sizeOf(bucket, key) != null,
    // 7 digits, as everywhere in manifests.
    commit: change.commit.slice(0, 7),
    description: describe(entry, change),
  }
}

function findBase(
  dataset: Dataset,
  { staging_key: staged = '', r2_object_key: key }: VersionEntry,
  inventory: Inventory,
  { list }: Retired,
): DeltaBase | null {
  const { base: sha256 } = parseStagingKey(staged) ?? {}
  const base = sha256 && findDeltaBase(dataset, { key, base: sha256 }, list)
  const bytes = base && inventory.sizeOf(bucketOf(dataset), base)
  return sha256 && base && bytes ? { sha256, key: base, bytes } : null
}

/** What the author wrote; else the subject of the commit, of a merge commit that of what it merged. */
function describe({ description }: VersionEntry, change: Origin['change']): string {
  if (typeof description === 'string' && description !== PENDING) return description
  return change.mergedSubject ?? change.subject
}

/** The versions that marks remove: one version, or all versions of a dataset. */
function planDeletions({ base: { manifest } }: PlanRequest): Deletion[] {
  return markedItems(manifest).flatMap(({ dataset, entry }) => {
    // A mark on a pending version is illegal, and told as such where it is checked.
    const entries = entry === null ? dataset.history : isPending(entry) ? [] : [entry]
    return entries.map(({ version, r2_object_key: key }) => ({
      dataset: dataset.fileName,
      version,
      bucket: bucketOf(dataset),
      key,
    }))
  })
}
