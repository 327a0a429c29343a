import { DmError } from '../errors/dm-error.ts'
import { parseItem } from '../manifest/parse-item.ts'
import { bucketOf, getDataset, getEntry } from '../manifest/lookup.ts'
import { isPending, latestPublished, newestEntry } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'

/** A published version of the dataset, and where it lies. */
export interface StoredVersion {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes; undefined: an old manifest does not tell. */
  readonly bytes: number | undefined
  /** Logical name. */
  readonly bucket: string
  readonly key: string
  /** Size of the compressed form beside it, in bytes; undefined: there is none. */
  readonly compressedBytes: number | undefined
  /** The delta beside it. */
  readonly delta: VersionEntry['delta'] | undefined
}

/** A version to be pulled, and where its bytes are. */
export interface Wanted {
  readonly dataset: string
  readonly version: string
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /**
   * Where the bytes are, by the logical name of the bucket: what is only proposed is in staging, in the
   * form that the key says, or, where it has been published since, where the next one says.
   */
  readonly places: readonly { readonly bucket: string; readonly key: string }[]
  /** Size in bytes; undefined: an old manifest does not tell. */
  readonly bytes: number | undefined
  /** What the wanted one can be made of: the published versions of the dataset. */
  readonly stored: readonly StoredVersion[]
}

export interface WantedRequest {
  readonly manifest: Manifest
  /** `NAME` or `NAME@vN`. */
  readonly name: string
  /** `vN`; undefined: the one in the name, else the latest. */
  readonly version: string | undefined
  /** Logical name of the staging bucket. */
  readonly staging: string
  /** Whether the manifest is that of a branch that proposes: then `latest` is what it proposes. */
  readonly proposed: boolean
}

/**
 * Finds the version that is asked for.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION, DM_NO_PUBLISHED_VERSION, DM_VERSION_PENDING,
 *   DM_USAGE, exit 2
 */
export function chooseWanted({ manifest, staging, proposed, ...request }: WantedRequest): Wanted {
  const { dataset: name, version: asked } = parseItem(manifest, request.name, {
    option: { flag: '--version', version: request.version },
    advice: 'leave it out for the latest',
  })
  const dataset = getDataset(manifest, name)
  const entry =
    asked === null || asked === 'latest' ? latestOf(dataset, proposed) : getEntry(dataset, asked)
  if (!proposed && isPending(entry)) {
    throw new DmError('DM_VERSION_PENDING', {
      dataset: name,
      version: entry.version,
      staged: entry.staging_key !== undefined,
      restores: restoredBy(dataset, entry),
    })
  }
  return wantedOf(dataset, entry, staging)
}

/** The same of an entry that is known. */
export function wantedOf(
  dataset: Pick<Dataset, 'fileName' | 'bucket' | 'history'>,
  entry: VersionEntry,
  staging: string,
): Wanted {
  const { version, sha256, bytes, r2_object_key: key, staging_key: stagingKey } = entry
  const isStaged = isPending(entry) && stagingKey !== undefined
  const staged = isStaged ? [{ bucket: staging, key: stagingKey }] : []
  const bucket = bucketOf(dataset)
  const places = [...staged, { bucket, key }]
  const stored = dataset.history
    .filter((one) => !isPending(one))
    .map((one) => ({
      sha256: one.sha256,
      bytes: one.bytes,
      compressedBytes: one.compressedBytes,
      delta: one.delta,
      bucket,
      key: one.r2_object_key,
    }))
  return { dataset: dataset.fileName, version, sha256, bytes, places, stored }
}

function latestOf(dataset: Dataset, proposed: boolean): VersionEntry {
  const latest = proposed ? newestEntry(dataset) : latestPublished(dataset)
  if (latest !== undefined) return latest
  // What is not the latest although it is published is marked, itself or with its dataset.
  const published = dataset.history.filter((entry) => !isPending(entry))
  const marked = published.map(({ version }) => version)
  throw new DmError('DM_NO_PUBLISHED_VERSION', { dataset: dataset.fileName, marked })
}

/** The published version whose bytes a pending rollback names. */
function restoredBy({ history }: Dataset, { r2_object_key: key }: VersionEntry): string | null {
  const restored = history.find((entry) => entry.r2_object_key === key && !isPending(entry))
  return restored?.version ?? null
}
