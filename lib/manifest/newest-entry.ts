import type { Dataset, VersionEntry } from './types.ts'
import { byVersionDescending } from './version-number.ts'

/** The entry with the highest version number, pending or not; undefined in an empty history. */
export function newestEntry(dataset: Dataset): VersionEntry | undefined {
  return dataset.history.toSorted(byVersionDescending)[0]
}
