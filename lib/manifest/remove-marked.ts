import { getDataset } from './get-dataset.ts'
import { getEntry } from './get-entry.ts'
import { isMarked } from './is-marked.ts'
import { replaceDataset, replaceEntry, withLatestVersion } from './replace-dataset.ts'
import type { Manifest, VersionName } from './types.ts'

/**
 * The manifest without a dataset (`version` null) or a version that is marked for deletion. A
 * dataset whose last version goes, goes with it. What is not marked stays.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION
 */
export function removeMarked(
  manifest: Manifest,
  { dataset: name, version }: { readonly dataset: string; readonly version: VersionName | null },
): Manifest {
  const dataset = getDataset(manifest, name)
  if (version === null) {
    return isMarked(dataset) ? replaceDataset(manifest, dataset, null) : manifest
  }
  const entry = getEntry(dataset, version)
  if (!isMarked(entry)) return manifest
  const rest = replaceEntry(dataset, entry, null)
  return replaceDataset(manifest, dataset, rest.history.length > 0 ? withLatestVersion(rest) : null)
}
