import { folderOf } from './keys.ts'
import { bucketOf, findDataset } from './lookup.ts'
import { nothingRetired, objectId, type RetiredList, type RetiredObject } from './retired.ts'
import { isMarked, isPending } from './status.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'
import { highestNumber } from './versions.ts'

/** A manifest and the list of what was given up that lies beside it; null: there is none. */
export interface ManifestState {
  readonly manifest: Manifest
  readonly retired: RetiredList | null
}

/** What a publication knows besides the two manifests. */
export interface Retirement {
  /** When, by the store's clock. */
  readonly since: Date
  /** Whether an object is known to be gone from its bucket. */
  readonly isGone: (object: { bucket: string; key: string }) => boolean
  /** Numbers that turned out to have been given before, by the dataset's name. */
  readonly numbers: ReadonlyMap<string, number>
  /** Objects that interrupted publications left under numbers that are given now. */
  readonly orphans: readonly { bucket: string; key: string }[]
}

/**
 * The list after a publication: what the new manifest no longer names is on it, what it names again
 * is off it. Null where there is still nothing to say.
 */
export function retire(
  before: ManifestState,
  after: Manifest,
  { since, isGone, numbers, orphans }: Retirement,
): RetiredList | null {
  const list = before.retired ?? nothingRetired
  const named = namedObjects(after)
  const time = since.toISOString()
  // The base may have moved since they were found.
  const left = orphans.filter((object) => isOrphan(before.manifest, object))
  const given = [...namedObjects(before.manifest).values(), ...left].map(({ bucket, key }) => ({
    bucket,
    key,
    since: time,
  }))
  // The older of two comes first: an object stays on the list since the day it came there.
  const objects = new Map<string, RetiredObject>()
  for (const object of [...list.objects, ...given]) {
    const id = objectId(object)
    if (!named.has(id) && !isGone(object) && !objects.has(id)) objects.set(id, object)
  }
  const highest = new Map(list.numbers)
  const used = [...numbers].filter(([name, number]) => isNumberOf(before.manifest, name, number))
  for (const [name, number] of [...lostNumbers(before.manifest, after), ...used]) {
    highest.set(name, Math.max(number, highest.get(name) ?? 0))
  }
  if (before.retired === null && highest.size + objects.size === 0) return null
  return { numbers: highest, objects: [...objects.values()] }
}

/** Whether a dataset has come so far; a number above is nobody's to give up. */
function isNumberOf(manifest: Manifest, name: string, number: number): boolean {
  return number <= highestNumber(findDataset(manifest, name)?.history ?? [])
}

/**
 * The highest numbers of the datasets that are gone, or whose newest version is. What is pending
 * counts for nothing: it may be taken back, and then nobody would know of the number below.
 */
function lostNumbers(before: Manifest, after: Manifest): [string, number][] {
  const highestOf = (dataset: Dataset | undefined): number =>
    highestNumber(dataset?.history.filter((entry) => !isPending(entry)) ?? [])
  return before.datasets.flatMap((dataset): [string, number][] => {
    const highest = highestOf(dataset)
    const still = highestOf(findDataset(after, dataset.fileName))
    return still < highest ? [[dataset.fileName, highest]] : []
  })
}

function namedObjects({ datasets }: Manifest): Map<string, { bucket: string; key: string }> {
  const named = datasets.flatMap((dataset) =>
    dataset.history.map(({ r2_object_key: key }) => ({ bucket: bucketOf(dataset), key })),
  )
  return new Map(named.map((object) => [objectId(object), object]))
}

/**
 * Whether the list of a commit follows from its own change of the manifest: what a publication
 * writes. All else was written by somebody else, and nothing is removed because of it.
 *
 * @param before the state of the commit's first parent
 */
export function isExplained(before: ManifestState, after: ManifestState): boolean {
  return areNumbersExplained(before, after) && areObjectsExplained(before, after)
}

function areNumbersExplained(before: ManifestState, after: ManifestState): boolean {
  const old = before.retired?.numbers ?? new Map<string, number>()
  const now = after.retired?.numbers ?? new Map<string, number>()
  const needed = [...old, ...lostNumbers(before.manifest, after.manifest)]
  if (needed.some(([name, number]) => (now.get(name) ?? 0) < number)) return false
  return [...now].every(([name, number]) => {
    if (old.get(name) === number) return true
    // The first list also holds the names that were gone before.
    if (before.retired === null && findDataset(after.manifest, name) === undefined) return true
    return isNumberOf(before.manifest, name, number) || isNumberOf(after.manifest, name, number)
  })
}

function areObjectsExplained(before: ManifestState, after: ManifestState): boolean {
  const old = new Map(before.retired?.objects.map((object) => [objectId(object), object.since]))
  const now = new Map(after.retired?.objects.map((object) => [objectId(object), object.since]))
  const named = namedObjects(after.manifest)
  const given = new Set(removable(before.manifest).map(objectId))
  for (const object of after.retired?.objects ?? []) {
    const id = objectId(object)
    if (named.has(id)) return false
    const isKept = old.get(id) === object.since
    if (isKept || (!old.has(id) && (given.has(id) || isOrphan(before.manifest, object)))) continue
    return false
  }
  // What was found gone is dropped together with another change only.
  const dropped = [...old.keys()].filter((id) => !now.has(id) && !named.has(id))
  return dropped.length === 0 || !isSameManifest(before.manifest, after.manifest)
}

/** What a publication may give up: the objects of what is marked for deletion. */
function removable({ datasets }: Manifest): { bucket: string; key: string }[] {
  return datasets.flatMap((dataset) =>
    dataset.history
      .filter((entry) => isMarked(dataset) || isMarked(entry))
      .map(({ r2_object_key: key }) => ({ bucket: bucketOf(dataset), key })),
  )
}

/** Whether an object lies under the number of a pending version that has other bytes. */
function isOrphan({ datasets }: Manifest, object: { bucket: string; key: string }): boolean {
  return datasets.some(
    (dataset) =>
      bucketOf(dataset) === object.bucket &&
      dataset.history.some((entry) => isPending(entry) && isUnderNumberOf(entry, object.key)),
  )
}

/**
 * Whether a key has the folder and the number of a version, but another hash: `<folder>/vN-…`. Of a
 * rollback the key names the version that it restores, so it has no such key of its own.
 */
export function isUnderNumberOf(entry: VersionEntry, key: string): boolean {
  const own = entry.r2_object_key
  const start = `${folderOf(own)}${entry.version}-`
  if (!own.startsWith(start)) return false
  return (
    key !== own && key.startsWith(start) && /^[0-9a-f]{64}\.sqlite$/.test(key.slice(start.length))
  )
}

function isSameManifest(a: Manifest, b: Manifest): boolean {
  return JSON.stringify(a.datasets) === JSON.stringify(b.datasets)
}
