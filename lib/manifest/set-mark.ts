import { getDataset } from './get-dataset.ts'
import { getEntry } from './get-entry.ts'
import { isMarked, MARKED } from './is-marked.ts'
import { withFields } from './json/source-text.ts'
import { replaceDataset, replaceEntry } from './replace-dataset.ts'
import type { Manifest, VersionName } from './types.ts'

/**
 * The manifest with a deletion mark set or taken back, on a dataset (`version` null) or on one of
 * its versions. Where it is so already: the manifest itself.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION
 */
export function setMark(
  manifest: Manifest,
  { dataset: name, version }: { readonly dataset: string; readonly version: VersionName | null },
  marked: boolean,
): Manifest {
  const dataset = getDataset(manifest, name)
  const status = marked ? MARKED : undefined
  if (version === null) {
    if (isMarked(dataset) === marked) return manifest
    return replaceDataset(manifest, dataset, withFields(dataset, { status }))
  }
  const entry = getEntry(dataset, version)
  if (isMarked(entry) === marked) return manifest
  const replacement = replaceEntry(dataset, entry, withFields(entry, { status }))
  return replaceDataset(manifest, dataset, replacement)
}
