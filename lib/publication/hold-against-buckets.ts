import { DmError } from '../errors/dm-error.ts'
import { companionOf, isVersionKey } from '../manifest/keys.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { objectId, type RetiredList } from '../manifest/retired.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import { eachInParallel } from '../store/each-in-parallel.ts'
import type { ObjectInfo, Store } from '../store/store.ts'
import type { Inventory } from './inventory.ts'

/** What is wrong with a published entry. */
export interface EntryFault {
  readonly dataset: string
  readonly version: string | null
  readonly error: DmError
}

/**
 * Holds the published entries of a manifest against what lies in the buckets: each must have its
 * object, of the size that it says, under a key that names its hash. What is marked for deletion is
 * given up anyway.
 *
 * @param buckets the logical names of those that the config has for datasets
 */
export function holdAgainstBuckets(
  { datasets }: Manifest,
  inventory: Inventory,
  buckets: readonly string[],
): EntryFault[] {
  return datasets
    .filter((dataset) => !isMarked(dataset))
    .flatMap((dataset) => {
      const published = dataset.history.filter((entry) => !isPending(entry) && !isMarked(entry))
      const bucket = bucketOf(dataset)
      if (published.length > 0 && !buckets.includes(bucket)) {
        const error = new DmError('DM_UNKNOWN_BUCKET', { bucket, known: buckets })
        return [{ dataset: dataset.fileName, version: null, error }]
      }
      return published.flatMap((entry) => faultOf(dataset, entry, inventory) ?? [])
    })
}

function faultOf(
  dataset: Dataset,
  { version, sha256, bytes, r2_object_key: key }: VersionEntry,
  inventory: Inventory,
): EntryFault | undefined {
  const name = dataset.fileName
  const bucket = bucketOf(dataset)
  const fault = (error: DmError): EntryFault => ({ dataset: name, version, error })
  if (!key.includes(sha256)) {
    return fault(new DmError('DM_OBJECT_KEY', { dataset: name, version, key, sha256 }))
  }
  const found = inventory.sizeOf(bucket, key)
  if (found === undefined) return undefined
  if (found === null) {
    return fault(new DmError('DM_OBJECT_MISSING', { dataset: name, version, bucket, key }))
  }
  if (bytes === undefined || bytes === found) return undefined
  return fault(new DmError('DM_OBJECT_SIZE', { dataset: name, version, bytes, found }))
}

/** An object in a dataset's bucket that nothing names. */
export interface Orphan {
  readonly bucket: string
  readonly key: string
}

/**
 * The objects that look like versions and that neither an entry, published or pending, nor the list
 * of what was given up names, and what lies beside a database that is not there, if no entry names
 * that: where one does, it may be all that is left. Those in the folders of this manifest's datasets
 * come first. What lies beside an orphan goes with it.
 */
export function findOrphans(
  { datasets }: Manifest,
  retired: RetiredList | null,
  inventory: Inventory,
): Orphan[] {
  const entries = datasets.flatMap((dataset) =>
    dataset.history.map(({ r2_object_key: key }) => ({ bucket: bucketOf(dataset), key })),
  )
  const named = new Set(entries.map(objectId))
  const known = new Set([...named, ...(retired?.objects ?? []).map(objectId)])
  const isOrphan = (bucket: string, key: string): boolean => {
    if (isVersionKey(key)) return !known.has(objectId({ bucket, key }))
    const { key: database } = companionOf(key) ?? {}
    if (database === undefined || inventory.sizeOf(bucket, database) !== null) return false
    return ![key, database].some((one) => named.has(objectId({ bucket, key: one })))
  }
  const folders = new Set(entries.map(({ key }) => key.split('/')[0]))
  const orphans = inventory.buckets.flatMap((bucket) =>
    [...inventory.keys(bucket)]
      .filter((key) => isOrphan(bucket, key))
      .map((key) => ({ bucket, key })),
  )
  const isOurs = ({ key }: Orphan): number => (folders.has(key.split('/')[0]) ? 0 : 1)
  return orphans.toSorted((a, b) => isOurs(a) - isOurs(b))
}

/** How many objects are asked about at a time. */
const heads = 16

/** How many objects that nothing names a publication looks at: others share the buckets. */
const lookedAt = 10

/** The orphans that this data repository has made; `more`: not all were looked at. */
export async function findOwnOrphans(
  manifest: Manifest,
  retired: RetiredList | null,
  inventory: Inventory,
  {
    formerly,
    open,
    signal,
    most = lookedAt,
  }: {
    readonly formerly: readonly string[]
    readonly open: (bucket: string) => Store
    readonly signal: AbortSignal
    /** How many are looked at. */
    readonly most?: number
  },
): Promise<{ orphans: (Orphan & { readonly info: ObjectInfo })[]; more: boolean }> {
  const orphans = findOrphans(manifest, retired, inventory)
  const own: (Orphan & { info: ObjectInfo })[] = []
  await eachInParallel(orphans.slice(0, most), heads, signal, async (one) => {
    const info = await findOwn(open(one.bucket), one.key, formerly, signal)
    if (info !== null) own.push({ ...one, info })
  })
  const place = new Map(orphans.map((one, index) => [objectId(one), index]))
  const placeOf = (one: Orphan): number => place.get(objectId(one)) ?? 0
  return { orphans: own.toSorted((a, b) => placeOf(a) - placeOf(b)), more: orphans.length > most }
}

/** An object that carries the stamp of this data repository, under today's name or a former one. */
export async function findOwn(
  store: Store,
  key: string,
  formerly: readonly string[],
  signal: AbortSignal,
): Promise<ObjectInfo | null> {
  const info = await store.head(key, { signal })
  const owner = info?.repository ?? null
  return owner !== null && [store.repository, ...formerly].includes(owner) ? info : null
}
