import { isMarked } from './is-marked.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/** What waits for deletion: a whole dataset (`entry` is null) or one of its versions. */
export interface MarkedItem {
  readonly dataset: Dataset
  readonly entry: VersionEntry | null
}

/** Everything that is marked for deletion; of a marked dataset, the dataset alone. */
export function markedItems(manifest: Manifest): MarkedItem[] {
  return manifest.datasets.flatMap((dataset): MarkedItem[] => {
    if (isMarked(dataset)) return [{ dataset, entry: null }]
    return dataset.history.filter(isMarked).map((entry) => ({ dataset, entry }))
  })
}
