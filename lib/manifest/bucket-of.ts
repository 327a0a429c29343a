import type { Dataset } from './types.ts'

/** The logical name of the dataset's bucket. Old manifests leave out `production`. */
export function bucketOf(dataset: Dataset): string {
  return dataset.bucket ?? 'production'
}
