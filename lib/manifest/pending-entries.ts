import { isPending } from './is-pending.ts'
import type { DatasetEntry, Manifest } from './types.ts'
import { byVersionDescending } from './version-number.ts'

/** The entries that wait for publication: by dataset, in each the lowest version first. */
export function pendingEntries(manifest: Manifest): DatasetEntry[] {
  return manifest.datasets.flatMap((dataset) =>
    dataset.history
      .filter(isPending)
      .toSorted((a, b) => byVersionDescending(b, a))
      .map((entry) => ({ dataset, entry })),
  )
}
