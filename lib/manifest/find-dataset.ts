import type { Dataset, Manifest } from './types.ts'

/** The dataset of exactly this name. */
export function findDataset(manifest: Manifest, name: string): Dataset | undefined {
  return manifest.datasets.find(({ fileName }) => fileName === name)
}
