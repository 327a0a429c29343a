import { DmError } from '../errors/dm-error.ts'
import { brokenNameRule, suggestName } from './dataset-name-rule.ts'
import { findDataset } from './find-dataset.ts'
import type { Manifest } from './types.ts'

/**
 * Refuses a name that a dataset cannot have: a name that the manifest has is accepted as it is, a
 * new one keeps the rules for new names and is unique ignoring case.
 *
 * @throws DM_NAME_INVALID, which suggests a good name; DM_NAME_TAKEN
 */
export function verifyDatasetName(manifest: Manifest, name: string): void {
  if (findDataset(manifest, name) !== undefined) return
  const folded = name.toLowerCase()
  const other = manifest.datasets.find(({ fileName }) => fileName.toLowerCase() === folded)
  if (other !== undefined)
    throw new DmError('DM_NAME_TAKEN', { dataset: name, other: other.fileName })
  const rule = brokenNameRule(name)
  if (rule === undefined) return
  throw new DmError('DM_NAME_INVALID', { name, rule, suggestion: suggestName(name) })
}
