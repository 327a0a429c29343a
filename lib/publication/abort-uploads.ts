import { datasetBuckets } from '../config/buckets.ts'
import type { ResolvedConfig } from '../config/types.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { companionOf, folderOf, isVersionKey, STAGING_FOLDER } from '../manifest/keys.ts'
import { bucketOf } from '../manifest/lookup.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Store } from '../store/store.ts'
import { day, ownScope, type StoredObject } from './sweep-candidates.ts'

export interface AbortOptions {
  readonly config: ResolvedConfig
  /** Of the base: uploads into the folders of its datasets are this repository's. */
  readonly manifest: Manifest
  readonly staging: Store
  readonly open: (bucket: string) => Store
  /** Those that were begun longer ago, in milliseconds; what is younger than a day may still run. */
  readonly olderThanMs: number
  readonly signal: AbortSignal
  /** Called with what the user should know. */
  readonly notice: (notice: DmError) => void
}

/** An upload that was given up. */
export interface Aborted extends StoredObject {
  /** ISO 8601. */
  readonly begun: string
}

/**
 * Gives up this data repository's own unfinished uploads that nobody has continued for long. Nothing
 * refers to one: a run that should still want it begins anew.
 *
 * A bucket whose uploads cannot be listed is told, and left as it is.
 *
 * @param isDryRun aborts nothing; what is returned is what would be
 */
export async function abortUploads(options: AbortOptions, isDryRun: boolean): Promise<Aborted[]> {
  const { config, manifest, staging, open, signal, notice } = options
  const isStaged = ownScope(config, staging)
  const folders = Map.groupBy(
    manifest.datasets.flatMap((dataset) =>
      dataset.history.map(({ r2_object_key: key }) => ({ dataset, folder: folderOf(key) })),
    ),
    ({ dataset }) => bucketOf(dataset),
  )
  const aborted: Aborted[] = []
  const abortIn = async (
    bucket: string,
    store: Store,
    prefix: string,
    isOwn: (key: string) => boolean,
  ): Promise<void> => {
    try {
      const now = await store.now({ signal })
      const before = now.getTime() - Math.max(options.olderThanMs, day)
      for await (const upload of store.listUploads(prefix, { signal })) {
        const { key, begun } = upload
        if (begun === null || begun.getTime() > before || !isOwn(key)) continue
        if (!isDryRun) await store.abortUpload(upload, { signal })
        aborted.push({ bucket, key, begun: begun.toISOString() })
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isDmError(error)) throw error
      notice(new DmError('DM_UPLOADS_UNKNOWN', { bucket, reason: error.message }))
    }
  }
  await abortIn(config.staging, staging, STAGING_FOLDER, (key) => isStaged(key) === true)
  for (const bucket of datasetBuckets(config)) {
    const own = new Set(folders.get(bucket)?.map(({ folder }) => folder))
    const isOwn = (key: string): boolean =>
      own.has(folderOf(key)) && (isVersionKey(key) || companionOf(key) !== undefined)
    if (own.size > 0) await abortIn(bucket, open(bucket), '', isOwn)
  }
  return aborted
}
