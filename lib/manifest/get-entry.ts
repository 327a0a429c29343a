import { DmError } from '../errors/dm-error.ts'
import type { Dataset, VersionEntry, VersionName } from './types.ts'

/**
 * The dataset's version of this name, pending and marked ones included.
 *
 * @throws DM_UNKNOWN_VERSION
 */
export function getEntry(dataset: Dataset, version: VersionName): VersionEntry {
  const entry = dataset.history.find((candidate) => candidate.version === version)
  if (entry !== undefined) return entry
  const known = dataset.history.map((candidate) => candidate.version)
  throw new DmError('DM_UNKNOWN_VERSION', { dataset: dataset.fileName, version, known })
}
