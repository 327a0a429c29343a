import { DmError } from '../errors/dm-error.ts'
import { isPending } from './status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from './types.ts'

/** The logical name of the dataset's bucket. Old manifests leave out `production`. */
export function bucketOf(dataset: Pick<Dataset, 'bucket'>): string {
  return dataset.bucket ?? 'production'
}

/** The dataset of exactly this name. */
export function findDataset(manifest: Manifest, name: string): Dataset | undefined {
  return manifest.datasets.find(({ fileName }) => fileName === name)
}

/**
 * The dataset of exactly this name.
 *
 * @throws DM_UNKNOWN_DATASET, which suggests the nearest name
 */
export function getDataset(manifest: Manifest, name: string): Dataset {
  const dataset = findDataset(manifest, name)
  if (dataset !== undefined) return dataset
  const known = manifest.datasets.map(({ fileName }) => fileName)
  throw new DmError('DM_UNKNOWN_DATASET', { dataset: name, known })
}

/** A dataset's version, pending and marked ones included. */
export function findEntry(
  manifest: Manifest,
  dataset: string,
  version: VersionName,
): VersionEntry | undefined {
  return findDataset(manifest, dataset)?.history.find((entry) => entry.version === version)
}

/**
 * The dataset's version of this name, pending and marked ones included.
 *
 * @throws DM_UNKNOWN_VERSION
 */
export function getEntry(dataset: Dataset, version: VersionName): VersionEntry {
  const entry = dataset.history.find((candidate) => candidate.version === version)
  if (entry !== undefined) return entry
  const known = dataset.history.map((candidate) => candidate.version)
  throw new DmError('DM_UNKNOWN_VERSION', { dataset: dataset.fileName, version, known })
}

/** Whether a published entry names an object. */
export function namesObject(
  { datasets }: Manifest,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): boolean {
  return datasets.some(
    (dataset) =>
      bucketOf(dataset) === bucket &&
      dataset.history.some((entry) => !isPending(entry) && entry.r2_object_key === key),
  )
}

/** Whether a dataset of another bucket has a version, of any state, with these bytes. */
export function namesHashElsewhere(
  { datasets }: Manifest,
  sha256: string,
  bucket: string,
): boolean {
  return datasets.some(
    (dataset) =>
      bucketOf(dataset) !== bucket && dataset.history.some((entry) => entry.sha256 === sha256),
  )
}
