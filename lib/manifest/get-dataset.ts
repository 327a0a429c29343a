import { DmError } from '../errors/dm-error.ts'
import { findDataset } from './find-dataset.ts'
import type { Dataset, Manifest } from './types.ts'

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
