import { folderOf } from './keys.ts'
import { bucketOf, findDataset } from './lookup.ts'
import { byVersionDescending, highestNumber, versionNumber } from './versions.ts'
import { nothingRetired, objectId, type RetiredList, type RetiredObject } from './retired.ts'
import { isMarked, isPending } from './status.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

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
 *
 * The base may have moved since the publication was planned: what it then knew of entries that are
 * no longer there counts for nothing.
 */
export function retire(
  before: ManifestState,
  after: Manifest,
  { since, isGone, numbers, orphans }: Retirement,
): RetiredList | null {
  const list = before.retired ?? nothingRetired
  const named = namedObjects(after)
  const time = since.toISOString()
  const given = [
    ...namedObjects(before.manifest).values(),
    ...orphans.filter((object) => isOrphan(before.manifest, object)),
  ].map(({ bucket, key }) => ({ bucket, key, since: time }))
  // The older of two comes first: an object stays on the list since the day it came there.
  const objects = new Map<string, RetiredObject>()
  for (const object of [...list.objects, ...given]) {
    const id = objectId(object)
    if (!named.has(id) && !isGone(object) && !objects.has(id)) objects.set(id, object)
  }
  const highest = new Map(list.numbers)
  const wasGiven = givenIn(before, isGone)
  const used = [...numbers].filter(([name, number]) => number <= highestIn(before.manifest, name))
  for (const [name, number] of [...lostNumbers(before.manifest, after, wasGiven), ...used]) {
    highest.set(name, Math.max(number, highest.get(name) ?? 0))
  }
  if (before.retired === null && highest.size + objects.size === 0) return null
  return { numbers: highest, objects: [...objects.values()] }
}

type Given = (dataset: Dataset) => readonly VersionEntry[]

const publishedIn: Given = ({ history }) => history.filter((entry) => !isPending(entry))

/**
 * The entries of a dataset whose numbers may have been given: of the pending ones, which may have
 * been published before, those that follow, and those whose bytes are there. One that was refused
 * may have the highest number that there is, and would leave none.
 */
function givenIn({ retired }: ManifestState, isGone: Retirement['isGone']): Given {
  return (dataset) => {
    const given = [...publishedIn(dataset)]
    let highest = Math.max(highestNumber(given), retired?.numbers.get(dataset.fileName) ?? 0)
    const pending = dataset.history.filter(isPending)
    for (const entry of pending.toSorted((a, b) => byVersionDescending(b, a))) {
      const key = entry.r2_object_key
      const number = versionNumber(entry.version)
      const isThere =
        key.startsWith(startUnderNumber(entry)) && !isGone({ bucket: bucketOf(dataset), key })
      if (number > highest + 1 && !isThere) continue
      given.push(entry)
      highest = Math.max(highest, number)
    }
    return given
  }
}

/** The highest numbers of the datasets that are gone, or whose newest published version is. */
function lostNumbers(before: Manifest, after: Manifest, given: Given): [string, number][] {
  return before.datasets.flatMap((dataset): [string, number][] => {
    const { fileName } = dataset
    const rest = findDataset(after, fileName)
    const versions = new Set(rest?.history.map(({ version }) => version))
    const lost = highestNumber(given(dataset).filter(({ version }) => !versions.has(version)))
    // Not what is pending there: it may be withdrawn, and nobody would know of the number.
    const still = highestNumber(rest === undefined ? [] : publishedIn(rest))
    return still < lost ? [[fileName, lost]] : []
  })
}

function highestIn(manifest: Manifest, name: string): number {
  return highestNumber(findDataset(manifest, name)?.history ?? [])
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
 * @param known the highest numbers that the history has, by the dataset's name; undefined: nobody has
 *   looked, and the first list is believed what it says of names that were gone before
 */
export function isExplained(
  before: ManifestState,
  after: ManifestState,
  known?: ReadonlyMap<string, number>,
): boolean {
  return areNumbersExplained(before, after, known) && areObjectsExplained(before, after)
}

function areNumbersExplained(
  before: ManifestState,
  after: ManifestState,
  known: ReadonlyMap<string, number> | undefined,
): boolean {
  const old = before.retired?.numbers ?? new Map<string, number>()
  const now = after.retired?.numbers ?? new Map<string, number>()
  const needed = [...old, ...lostNumbers(before.manifest, after.manifest, publishedIn)]
  if (needed.some(([name, number]) => (now.get(name) ?? 0) < number)) return false
  return [...now].every(([name, number]) => {
    if (old.get(name) === number) return true
    const isGone = findDataset(after.manifest, name) === undefined
    if (known === undefined && before.retired === null && isGone) return true
    return number <= Math.max(highestIn(before.manifest, name), known?.get(name) ?? 0)
  })
}

function areObjectsExplained(before: ManifestState, after: ManifestState): boolean {
  const old = new Map(before.retired?.objects.map((object) => [objectId(object), object.since]))
  const now = new Set(after.retired?.objects.map(objectId))
  const named = namedObjects(after.manifest)
  const isGiven = givenUpBetween(before.manifest, after.manifest)
  for (const object of after.retired?.objects ?? []) {
    const id = objectId(object)
    const isKept = old.get(id) === object.since && !named.has(id)
    if (!isKept && (old.has(id) || !isGiven(object))) return false
  }
  // What was found gone is dropped together with another change only.
  const dropped = [...old.keys()].filter((id) => !now.has(id) && !named.has(id))
  return dropped.length === 0 || !isSameManifest(before.manifest, after.manifest)
}

/**
 * Tells the objects that a publication that makes one manifest of another may give up: those of what
 * is marked for deletion, and what lies under the number of a pending version; named no more.
 */
export function givenUpBetween(
  before: Manifest,
  after: Manifest,
): (object: { bucket: string; key: string }) => boolean {
  const named = namedObjects(after)
  const namedBefore = namedObjects(before)
  const marked = new Set(removable(before).map(objectId))
  return (object) => {
    const id = objectId(object)
    if (named.has(id)) return false
    return marked.has(id) || (!namedBefore.has(id) && isOrphan(before, object))
  }
}

/** The objects of what is marked for deletion. */
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
  const start = startUnderNumber(entry)
  if (!own.startsWith(start)) return false
  return (
    key !== own && key.startsWith(start) && /^[0-9a-f]{64}\.sqlite$/.test(key.slice(start.length))
  )
}

/** What the keys of a version's own objects begin with. */
function startUnderNumber({ version, r2_object_key: key }: VersionEntry): string {
  return `${folderOf(key)}${version}-`
}

function isSameManifest(a: Manifest, b: Manifest): boolean {
  return JSON.stringify(a.datasets) === JSON.stringify(b.datasets)
}
