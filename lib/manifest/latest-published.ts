import { isMarked } from './is-marked.ts'
import { isPending } from './is-pending.ts'
import type { Dataset, VersionEntry } from './types.ts'
import { byVersionDescending } from './version-number.ts'

/**
 * The version that `latest` means: the highest that is neither pending nor marked for deletion.
 * Undefined where there is none; a dataset that is marked itself has none.
 */
export function latestPublished(dataset: Dataset): VersionEntry | undefined {
  if (isMarked(dataset)) return undefined
  return dataset.history
    .filter((entry) => !isPending(entry) && !isMarked(entry))
    .toSorted(byVersionDescending)[0]
}
