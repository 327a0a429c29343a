import { DmError } from '../errors/dm-error.ts'
import { withFields } from '../manifest/json/source-text.ts'
import { addPendingEntry } from '../manifest/edits.ts'
import { objectKey } from '../manifest/keys.ts'
import { bucketOf, findDataset } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending, nextVersion, versionNumber } from '../manifest/versions.ts'
import type { Change } from './change.ts'

export interface RenumberRequest {
  /** The manifest of the base, where it is to go now. */
  readonly now: Manifest
  /** The manifest where its branch left the base. */
  readonly before: Manifest
  /** The dataset in the manifest of the branch. */
  readonly proposed: Dataset
  /** The pending entry that the branch proposes. */
  readonly entry: VersionEntry
  /** The highest number of the dataset that was given up (`highestRetired`); 0: none. */
  readonly retired: number
}

/** A proposal of an older base, as it is on this one. */
export interface Renumbered extends Change {
  readonly entry: VersionEntry
  /** Logical name of the dataset's bucket. */
  readonly bucket: string
  /** What it was on the branch. */
  readonly from: VersionName
  /** The versions that the base got meanwhile, the newest first: the author did not have them. */
  readonly unseen: readonly VersionName[]
  /** The newest version that the author had; null: there was none. */
  readonly seen: VersionEntry | null
}

/**
 * A proposed version with the next free number of the base as it is now, and the key of that number;
 * all else that its author said stays.
 *
 * @throws DM_DATASET_MARKED, DM_BUCKET_FIXED; DM_REBASE_ROLLBACK for a rollback whose version has gone
 *   or is marked; exit 2
 */
export function renumber({ now, before, proposed, entry, retired }: RenumberRequest): Renumbered {
  const name = proposed.fileName
  const dataset = findDataset(now, name)
  const bucket = bucketOf(dataset ?? proposed)
  if (dataset !== undefined && isMarked(dataset)) {
    throw new DmError('DM_DATASET_MARKED', { dataset: name })
  }
  // Staged bytes never go into another bucket than the one that they were staged for.
  if (bucket !== bucketOf(proposed)) {
    throw new DmError('DM_BUCKET_FIXED', { dataset: name, bucket, asked: bucketOf(proposed) })
  }
  const version = nextVersion(dataset?.history ?? [], retired)
  const isUpload = entry.staging_key !== undefined
  if (!isUpload) verifyRestorable(name, dataset, entry)
  const key = isUpload
    ? objectKey(dataset ?? null, name, version, entry.sha256)
    : entry.r2_object_key
  const renumbered = withFields(entry, {
    version,
    r2_object_key: key,
    // It was made of another version.
    ...(entry.diffFromPrevious == null ? {} : { diffFromPrevious: null }),
  })
  const seen = new Set(findDataset(before, name)?.history.map(idOf))
  return {
    dataset: name,
    slug: isUpload ? version : 'rollback',
    digits: entry.sha256.slice(0, 8),
    subject: `Add ${name} ${version}`,
    edit: (manifest) => addPendingEntry(manifest, { dataset: name, bucket, entry: renumbered }),
    entry: renumbered,
    bucket,
    seen: (findDataset(before, name)?.history ?? []).toSorted(byVersionDescending)[0] ?? null,
    from: entry.version,
    unseen: (dataset?.history ?? [])
      .filter((one) => !seen.has(idOf(one)))
      .toSorted(byVersionDescending)
      .map((one) => one.version),
  }
}

/** A version is the same one when it is published; another content under its number is not. */
function idOf({ version, sha256 }: VersionEntry): string {
  return `${versionNumber(version)} ${sha256}`
}

function verifyRestorable(
  name: string,
  dataset: Dataset | undefined,
  { sha256, r2_object_key: key, version }: VersionEntry,
): void {
  const published = (dataset?.history ?? []).filter((one) => !isPending(one) && !isMarked(one))
  const isThere = published.some((one) => one.sha256 === sha256 && one.r2_object_key === key)
  if (isThere) return
  const known = published.toSorted(byVersionDescending).map((one) => one.version)
  throw new DmError('DM_REBASE_ROLLBACK', { dataset: name, version, known })
}
