import { DmError } from '../errors/dm-error.ts'
import { createEntry, reservedFields } from '../manifest/create-entry.ts'
import { addPendingEntry } from '../manifest/edits.ts'
import { findPrivate } from '../manifest/legal-changes.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { parseItem } from '../manifest/parse-item.ts'
import { isMarked, isPending, latestPublished, newestEntry } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending, nextVersion } from '../manifest/versions.ts'
import type { Change } from './change.ts'
import { getOpenDataset, type Target } from './target.ts'

export interface RollbackRequest {
  /** The manifest of the base. */
  readonly manifest: Manifest
  /** The dataset's name, or `NAME@vN`. */
  readonly name: string
  /** The version whose bytes come back; undefined: the one in the name. */
  readonly to: string | undefined
  /** The highest number of a dataset that was given up (`highestRetired`); 0: none. */
  readonly retired: (dataset: string) => number
  readonly date: Date
  /** The author's words; undefined: none. */
  readonly message: string | undefined
  /** Whether bytes that a private dataset has may become public. */
  readonly disclose: boolean
  /** The logical names of the buckets that the config has for datasets. */
  readonly buckets: readonly string[]
  /** Whether a bucket, by its logical name, is open to everybody. */
  readonly isPublic: (bucket: string) => boolean
}

/** A version of a dataset that brings back the bytes of an older one. */
export interface Rollback extends Change {
  readonly entry: VersionEntry
  readonly target: Target
  /** The version whose bytes they are. */
  readonly restores: VersionName
  /** The newest version, pending or not, where it has these very bytes: nothing is to be done. */
  readonly existing: VersionEntry | null
}

/**
 * A new version with the bytes of an old one, and what was said of them: nothing is copied.
 *
 * @throws DM_UNKNOWN_DATASET, DM_DATASET_MARKED, DM_BUCKET_GONE; DM_UNKNOWN_VERSION and
 *   DM_ROLLBACK_TARGET for a version that is gone, pending or marked for deletion; DM_USAGE;
 *   DM_DISCLOSURE_UNCONFIRMED where a private dataset has these bytes; exit 2
 */
export function planRollback(request: RollbackRequest): Rollback {
  const { manifest, buckets, disclose, isPublic } = request
  const named = parseItem(manifest, request.name, {
    option: { flag: '--to', version: request.to },
  })
  const name = named.dataset
  const dataset = getOpenDataset(manifest, name, buckets)
  const restored = getRestored(dataset, named.version)
  const { version: to, sha256, bytes } = restored
  const bucket = bucketOf(dataset)
  const other = isPublic(bucket) ? findPrivate(manifest, sha256, isPublic) : undefined
  if (other !== undefined && !disclose) {
    throw new DmError('DM_DISCLOSURE_UNCONFIRMED', { dataset: name, bucket, private: other })
  }
  // What they say is about the bytes.
  const fields = Object.fromEntries(
    Object.entries(restored).filter(([field]) => !reservedFields.includes(field)),
  )
  const version = nextVersion(dataset.history, request.retired(name))
  const entry = createEntry({
    version,
    timestamp: request.date,
    sha256,
    bytes,
    key: restored.r2_object_key,
    diffFromPrevious: null,
    description: request.message ?? `Back to ${to}`,
    disclose: other !== undefined,
    fields,
  })
  const newest = newestEntry(dataset)
  return {
    dataset: name,
    slug: 'rollback',
    digits: sha256.slice(0, 8),
    subject: `Roll ${name} back to ${to}`,
    edit: (before) => addPendingEntry(before, { dataset: name, bucket, entry }),
    entry,
    target: { dataset: name, bucket, version, fields: {} },
    restores: to,
    existing: newest?.sha256 === sha256 && !isMarked(newest) ? newest : null,
  }
}

function getRestored(dataset: Dataset, asked: VersionName | 'latest' | null): VersionEntry {
  const known = dataset.history
    .filter((entry) => !isPending(entry) && !isMarked(entry))
    .toSorted(byVersionDescending)
    .map(({ version }) => version)
  const name = dataset.fileName
  if (asked === null) {
    throw new DmError('DM_USAGE', {
      problem: `It was not said to which version '${name}' is to go back.`,
      hint: `Give --to vN. ${known.length === 0 ? 'But no version is published.' : `The published versions are: ${known.join(', ')}.`}`,
    })
  }
  const entry =
    asked === 'latest'
      ? latestPublished(dataset)
      : dataset.history.find(({ version }) => version === asked)
  if (entry === undefined) {
    throw new DmError('DM_UNKNOWN_VERSION', { dataset: name, version: asked, known })
  }
  const state = isPending(entry) ? 'pending' : isMarked(entry) ? 'marked' : null
  if (state === null) return entry
  throw new DmError('DM_ROLLBACK_TARGET', { dataset: name, version: asked, state, known })
}
