import { DmError } from '../errors/dm-error.ts'
import { findDataset } from './lookup.ts'
import type { Manifest } from './types.ts'

const MAX_LENGTH = 100

/** The rule that the name of a new dataset breaks, as in "it must …"; undefined for a good name. */
export function brokenNameRule(name: string): string | undefined {
  if (!/^[A-Za-z0-9]/.test(name)) return 'must begin with a letter or a digit'
  const odd = /[^A-Za-z0-9._-]/u.exec(name)?.[0]
  if (odd !== undefined) {
    return `must be letters, digits, '.', '_' and '-', but contains ${JSON.stringify(odd)}`
  }
  if (name.includes('..')) return `must not contain '..'`
  if (!name.endsWith('.sqlite')) return 'must end in .sqlite'
  if (name.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`
  return undefined
}

/** A good name that is close to a bad one; undefined where there is none. */
export function suggestName(name: string): string | undefined {
  const stem = (name.split(/[/\\]/).at(-1) ?? '')
    .replace(/(?:\.(?:sqlite3?|db3?))+$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^A-Za-z0-9]+|[._-]+$/g, '')
  const suggestion = `${stem.slice(0, MAX_LENGTH - '.sqlite'.length)}.sqlite`
  return brokenNameRule(suggestion) === undefined ? suggestion : undefined
}

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
