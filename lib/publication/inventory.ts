import { folderOf } from '../manifest/keys.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest } from '../manifest/types.ts'
import type { ListedObject, Store } from '../store/store.ts'

/** A publication looks at everything up to here: twenty requests. */
const wholeLimit = 20_000

/** What lies in the buckets of the datasets. */
export interface Inventory {
  /** Size in bytes; null: there is no such object; undefined: its folder was not looked at. */
  readonly sizeOf: (bucket: string, key: string) => number | null | undefined
  /** When an object was written, by the store's clock; null: it was not seen. */
  readonly modifiedOf: (bucket: string, key: string) => Date | null
  /** The keys that were seen in a bucket. */
  readonly keys: (bucket: string) => Iterable<string>
  /** Logical names of the buckets that were looked at. */
  readonly buckets: readonly string[]
  /** Logical names of the buckets that were looked at only in part. */
  readonly partial: readonly string[]
}

interface Listing {
  readonly objects: ReadonlyMap<string, ListedObject>
  /** Null: all of the bucket. */
  readonly folders: readonly string[] | null
}

/**
 * Lists the buckets that a manifest's datasets are in: one request per 1,000 objects.
 *
 * @param buckets the logical names of those that the config has for datasets; others are left out
 * @param whole all of these buckets, however much is in them
 * @throws DM_STORE_…
 */
export async function takeInventory(
  manifest: Manifest,
  buckets: readonly string[],
  open: (bucket: string) => Store,
  signal?: AbortSignal,
  whole = false,
): Promise<Inventory> {
  const inBucket = Map.groupBy(manifest.datasets, bucketOf)
  const listings = new Map<string, Listing>()
  for (const bucket of buckets) {
    const datasets = inBucket.get(bucket) ?? []
    if (datasets.length === 0 && !whole) continue
    const limit = whole ? Infinity : wholeLimit
    listings.set(bucket, await listBucket(open(bucket), datasets, limit, signal))
  }
  return {
    sizeOf: (bucket, key) => {
      const listing = listings.get(bucket)
      const object = listing?.objects.get(key)
      if (object !== undefined) return object.bytes
      const isCovered = listing?.folders?.some((folder) => key.startsWith(folder)) ?? true
      return listing === undefined || !isCovered ? undefined : null
    },
    modifiedOf: (bucket, key) => listings.get(bucket)?.objects.get(key)?.modified ?? null,
    keys: (bucket) => listings.get(bucket)?.objects.keys() ?? [],
    buckets: [...listings.keys()],
    partial: [...listings].flatMap(([bucket, { folders }]) => (folders === null ? [] : [bucket])),
  }
}

async function listBucket(
  store: Store,
  datasets: readonly Dataset[],
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Listing> {
  const entries = datasets.reduce((count, { history }) => count + history.length, 0)
  const all = entries > limit ? null : await list(store, '', limit, signal)
  if (all !== null) return { objects: all, folders: null }
  const folders = [...new Set(datasets.filter(isTouched).flatMap(foldersOf))]
  const objects = new Map<string, ListedObject>()
  for (const folder of folders) {
    const found = await list(store, folder, Infinity, signal)
    for (const [key, object] of found ?? []) objects.set(key, object)
  }
  return { objects, folders }
}

/** Null where there are more than the limit. */
async function list(
  store: Store,
  prefix: string,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, ListedObject> | null> {
  const objects = new Map<string, ListedObject>()
  for await (const object of store.list(prefix, { signal })) {
    if (objects.size === limit) return null
    objects.set(object.key, object)
  }
  return objects
}

function isTouched(dataset: Dataset): boolean {
  return isMarked(dataset) || dataset.history.some((entry) => isPending(entry) || isMarked(entry))
}

function foldersOf({ history }: Dataset): string[] {
  return history.map(({ r2_object_key: key }) => folderOf(key))
}
