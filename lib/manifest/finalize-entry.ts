import { DmError } from '../errors/dm-error.ts'
import { getDataset } from './get-dataset.ts'
import { getEntry } from './get-entry.ts'
import { isPending } from './is-pending.ts'
import { withFields } from './json/source-text.ts'
import { replaceDataset, replaceEntry, withLatestVersion } from './replace-dataset.ts'
import type { Manifest, VersionName } from './types.ts'

export interface Publication {
  /** The dataset's name. */
  readonly dataset: string
  readonly version: VersionName
  /** Short hash of the commit that brought the entry. */
  readonly commit: string
  readonly description: string
}

/**
 * The manifest with a pending entry published: commit and description set, staging key dropped,
 * the dataset's `latestVersion` brought up to date.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_MANIFEST_ENTRY_PUBLISHED where the version is
 *   published already
 */
export function finalizeEntry(
  manifest: Manifest,
  { dataset: name, version, commit, description }: Publication,
): Manifest {
  const dataset = getDataset(manifest, name)
  const entry = getEntry(dataset, version)
  if (!isPending(entry))
    throw new DmError('DM_MANIFEST_ENTRY_PUBLISHED', { dataset: name, version })
  const published = withFields(entry, { commit, description, staging_key: undefined })
  const replacement = withLatestVersion(replaceEntry(dataset, entry, published))
  return replaceDataset(manifest, dataset, replacement)
}
