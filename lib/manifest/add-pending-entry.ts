import { DmError } from '../errors/dm-error.ts'
import { findDataset } from './find-dataset.ts'
import { isPending } from './is-pending.ts'
import { withFields } from './json/source-text.ts'
import { replaceDataset, replaceEntry } from './replace-dataset.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

export interface PendingAddition {
  /** The dataset's name; a new dataset comes last in the manifest. */
  readonly dataset: string
  /** For a new dataset; an existing one keeps its own. */
  readonly bucket: string
  /** From `createEntry`. */
  readonly entry: VersionEntry
  /** Whether a pending entry of the same version is replaced: a proposal that is revised. */
  readonly replace?: boolean
}

/**
 * The manifest with a pending entry on top of its dataset's history.
 *
 * @throws DM_MANIFEST_ENTRY_EXISTS where the version is there already; a published one is never
 *   replaced
 */
export function addPendingEntry(
  manifest: Manifest,
  { dataset: name, bucket, entry, replace = false }: PendingAddition,
): Manifest {
  const dataset = findDataset(manifest, name)
  if (dataset === undefined) {
    const { version } = entry
    const added: Dataset = { fileName: name, bucket, latestVersion: version, history: [entry] }
    return { ...manifest, datasets: [...manifest.datasets, added] }
  }
  const existing = dataset.history.find(({ version }) => version === entry.version)
  if (existing === undefined) {
    const history = [entry, ...dataset.history]
    return replaceDataset(manifest, dataset, withFields(dataset, { history }))
  }
  if (!replace || !isPending(existing)) {
    throw new DmError('DM_MANIFEST_ENTRY_EXISTS', { dataset: name, version: entry.version })
  }
  return replaceDataset(manifest, dataset, replaceEntry(dataset, existing, entry))
}
