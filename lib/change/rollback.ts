import { DmError } from '../errors/dm-error.ts'
import { createEntry } from '../manifest/create-entry.ts'
import { addPendingEntry } from '../manifest/edits.ts'
import { bucketOf, getDataset, getEntry } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Manifest, VersionName } from '../manifest/types.ts'
import type { Change } from './change.ts'

export interface RollbackRequest {
  /** The manifest of the base. */
  readonly manifest: Manifest
  /** The dataset's name. */
  readonly dataset: string
  /** The version whose bytes come back. */
  readonly to: VersionName
  /** The new version. */
  readonly version: VersionName
  readonly date: Date
  /** The author's words; undefined: none. */
  readonly message: string | undefined
}

/**
 * A new version with the bytes of an old one: nothing is copied.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_ROLLBACK_TARGET for a version that is pending
 *   or marked for deletion
 */
export function planRollback(request: RollbackRequest): Change {
  const { manifest, dataset: name, to, version } = request
  const dataset = getDataset(manifest, name)
  const restored = getEntry(dataset, to)
  if (isPending(restored) || isMarked(restored) || isMarked(dataset)) {
    throw new DmError('DM_ROLLBACK_TARGET', { dataset: name, version: to })
  }
  const { sha256, bytes } = restored
  const entry = createEntry({
    version,
    timestamp: request.date,
    sha256,
    bytes,
    key: restored.r2_object_key,
    diffFromPrevious: null,
    description: request.message ?? `Back to ${to}`,
  })
  return {
    dataset: name,
    slug: 'rollback',
    digits: sha256.slice(0, 8),
    subject: `Roll ${name} back to ${to}`,
    edit: (before) => addPendingEntry(before, { dataset: name, bucket: bucketOf(dataset), entry }),
  }
}
