import { DmError } from '../errors/dm-error.ts'
import { getDataset } from './get-dataset.ts'
import { getEntry } from './get-entry.ts'
import { isPending } from './is-pending.ts'
import { replaceDataset, replaceEntry, withLatestVersion } from './replace-dataset.ts'
import type { Manifest, VersionName } from './types.ts'

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
  const entry = getEntry(dataset, version)
  if (!isPending(entry))
    throw new DmError('DM_MANIFEST_ENTRY_PUBLISHED', { dataset: name, version })
  const rest = replaceEntry(dataset, entry, null)
  if (rest.history.length === 0) return replaceDataset(manifest, dataset, null)
  // Elsewhere a stale `latestVersion` is the publication's to correct.
  const named = dataset.latestVersion === version
  return replaceDataset(manifest, dataset, named ? withLatestVersion(rest) : rest)
}
