import { DmError } from '../errors/dm-error.ts'
import { withFields } from './json/source-text.ts'
import { bucketOf, findDataset, getDataset, getEntry } from './lookup.ts'
import { isMarked, isPending, latestPublished, MARKED, newestEntry } from './status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from './types.ts'

/** Names a version, or a dataset as a whole (`version` null). */
export interface Item {
  /** The dataset's name. */
  readonly dataset: string
  readonly version: VersionName | null
}

export interface PendingAddition {
  /** The dataset's name; a new dataset comes last in the manifest. */
  readonly dataset: string
  /** For a dataset that is not published yet; another one keeps its own. */
  readonly bucket: string
  /** From `createEntry`. */
  readonly entry: VersionEntry
}

/**
 * The manifest with a pending entry on top of its dataset's history. It takes the place of a pending
 * one of the same version: a proposal that is revised.
 *
 * @throws DM_MANIFEST_ENTRY_EXISTS where the version is published: that is never replaced
 */
export function addPendingEntry(
  manifest: Manifest,
  { dataset: name, bucket, entry }: PendingAddition,
): Manifest {
  const dataset = findDataset(manifest, name)
  if (dataset === undefined) {
    const { version } = entry
    const added: Dataset = { fileName: name, bucket, latestVersion: version, history: [entry] }
    return { ...manifest, datasets: [...manifest.datasets, added] }
  }
  const existing = dataset.history.find(({ version }) => version === entry.version)
  if (existing === undefined) {
    const history = [entry, ...dataset.history]
    return replaceDataset(manifest, dataset, withFields(dataset, { history }))
  }
  if (!isPending(existing)) {
    throw new DmError('DM_MANIFEST_ENTRY_EXISTS', { dataset: name, version: entry.version })
  }
  const revised = replaceEntry(dataset, existing, entry)
  // Nothing but the proposal itself has put the dataset into a bucket.
  const moves = dataset.history.length === 1 && bucketOf(dataset) !== bucket
  return replaceDataset(manifest, dataset, moves ? withFields(revised, { bucket }) : revised)
}

/**
 * The manifest without a pending entry; a dataset that has no other goes with it.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_MANIFEST_ENTRY_PUBLISHED where the version is
 *   published: what is published is deleted, not withdrawn
 */
export function withdrawEntry(
  manifest: Manifest,
  { dataset: name, version }: { readonly dataset: string; readonly version: VersionName },
): Manifest {
  const dataset = getDataset(manifest, name)
  const entry = getPending(dataset, version)
  const rest = replaceEntry(dataset, entry, null)
  if (rest.history.length === 0) return replaceDataset(manifest, dataset, null)
  // Elsewhere a stale `latestVersion` is the publication's to correct.
  const named = dataset.latestVersion === version
  return replaceDataset(manifest, dataset, named ? withLatestVersion(rest) : rest)
}

/**
 * The manifest with a deletion mark set or taken back. Where it is so already: the manifest itself.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION
 */
export function setMark(
  manifest: Manifest,
  { dataset: name, version }: Item,
  marked: boolean,
): Manifest {
  const dataset = getDataset(manifest, name)
  const status = marked ? MARKED : undefined
  if (version === null) {
    if (isMarked(dataset) === marked) return manifest
    return replaceDataset(manifest, dataset, withFields(dataset, { status }))
  }
  const entry = getEntry(dataset, version)
  if (isMarked(entry) === marked) return manifest
  const replacement = replaceEntry(dataset, entry, withFields(entry, { status }))
  return replaceDataset(manifest, dataset, replacement)
}

/** What a publication says of a version. */
export interface Finalization {
  /** The dataset's name. */
  readonly dataset: string
  readonly version: VersionName
  /** Short hash of the commit that brought the entry. */
  readonly commit: string
  readonly description: string
  /** Size of the compressed form beside its object, in bytes; undefined: there is none. */
  readonly compressedBytes?: number | undefined
  /** The delta beside its object. */
  readonly delta?: { readonly from: string; readonly bytes: number } | undefined
}

/**
 * The manifest with a pending entry published: commit and description set, staging key dropped, what lies
 * beside its object named and nothing else, the dataset's `latestVersion` brought up to date. A rollback
 * names what the version names that it restores.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_MANIFEST_ENTRY_PUBLISHED where the version is
 *   published already
 */
export function finalizeEntry(
  manifest: Manifest,
  { dataset: name, version, commit, description, ...own }: Finalization,
): Manifest {
  const dataset = getDataset(manifest, name)
  const entry = getPending(dataset, version)
  const restored = entry.staging_key === undefined ? findRestored(dataset, entry) : undefined
  const { compressedBytes, delta } = restored ?? own
  const published = withFields(entry, {
    commit,
    description,
    staging_key: undefined,
    compressedBytes,
    delta,
  })
  const replacement = withLatestVersion(replaceEntry(dataset, entry, published))
  return replaceDataset(manifest, dataset, replacement)
}

/**
 * The manifest without a dataset or a version that is marked for deletion. A dataset whose last
 * version goes, goes with it. What is not marked stays.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION
 */
export function removeMarked(manifest: Manifest, { dataset: name, version }: Item): Manifest {
  const dataset = getDataset(manifest, name)
  if (version === null) {
    return isMarked(dataset) ? replaceDataset(manifest, dataset, null) : manifest
  }
  const entry = getEntry(dataset, version)
  if (!isMarked(entry)) return manifest
  const rest = replaceEntry(dataset, entry, null)
  return replaceDataset(manifest, dataset, rest.history.length > 0 ? withLatestVersion(rest) : null)
}

/**
 * The manifest with the file named that says how a pending version differs from the one before.
 *
 * @param file relative to the manifest
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION, DM_MANIFEST_ENTRY_PUBLISHED
 */
export function setDiff(
  manifest: Manifest,
  name: string,
  version: VersionName,
  file: string,
): Manifest {
  const dataset = getDataset(manifest, name)
  const entry = getPending(dataset, version)
  const named = withFields(entry, { diffFromPrevious: file })
  return replaceDataset(manifest, dataset, replaceEntry(dataset, entry, named))
}

/** The published version whose object a rollback names. */
function findRestored(dataset: Dataset, entry: VersionEntry): VersionEntry | undefined {
  return dataset.history.find(
    (other) =>
      !isPending(other) &&
      other.r2_object_key === entry.r2_object_key &&
      other.sha256 === entry.sha256,
  )
}

function getPending(dataset: Dataset, version: VersionName): VersionEntry {
  const entry = getEntry(dataset, version)
  if (isPending(entry)) return entry
  throw new DmError('DM_MANIFEST_ENTRY_PUBLISHED', { dataset: dataset.fileName, version })
}

/** The manifest with one dataset replaced, or dropped (null). */
function replaceDataset(
  manifest: Manifest,
  dataset: Dataset,
  replacement: Dataset | null,
): Manifest {
  const datasets = manifest.datasets.flatMap((candidate) => {
    if (candidate !== dataset) return [candidate]
    return replacement === null ? [] : [replacement]
  })
  return { ...manifest, datasets }
}

/** The dataset with one entry replaced, or dropped (null). */
function replaceEntry(
  dataset: Dataset,
  entry: VersionEntry,
  replacement: VersionEntry | null,
): Dataset {
  const history = dataset.history.flatMap((candidate) => {
    if (candidate !== entry) return [candidate]
    return replacement === null ? [] : [replacement]
  })
  return withFields(dataset, { history })
}

/**
 * The dataset with `latestVersion` naming the highest published version; where nothing is
 * published, the newest entry, since other tools require the field.
 */
function withLatestVersion(dataset: Dataset): Dataset {
  const latest = latestPublished(dataset) ?? newestEntry(dataset)
  if (latest === undefined || latest.version === dataset.latestVersion) return dataset
  return withFields(dataset, { latestVersion: latest.version })
}
