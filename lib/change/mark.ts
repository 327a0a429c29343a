import { createHash } from 'node:crypto'
import { type Item, setMark, withdrawEntry } from '../manifest/edits.ts'
import { findEntry, getDataset, getEntry } from '../manifest/lookup.ts'
import { isMarked } from '../manifest/status.ts'
import type { Manifest, VersionName } from '../manifest/types.ts'
import type { Change } from './change.ts'

/** Marks a dataset, or one of its versions, for deletion by the next publication. */
export function planMark(item: Item): Change {
  return {
    dataset: item.dataset,
    slug: 'delete',
    digits: digitsOf(item),
    subject: `Delete ${nameOf(item)}`,
    edit: (manifest) => setMark(manifest, item, true),
  }
}

/**
 * Takes back a deletion mark, or a version that is not published yet.
 *
 * @param manifest of the base
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION; DM_MANIFEST_ENTRY_PUBLISHED for what is neither
 *   marked nor pending
 */
export function planWithdrawal(manifest: Manifest, item: Item): Change {
  const { dataset, version } = item
  const isMark = version === null || isMarked(getEntry(getDataset(manifest, dataset), version))
  if (!isMark) withdrawEntry(manifest, { dataset, version })
  return {
    dataset,
    slug: 'withdraw',
    digits: digitsOf(item),
    subject: `Withdraw ${nameOf(item)}`,
    edit: (before) => {
      if (version === null || isMark) return setMark(before, item, false)
      const isThere = findEntry(before, dataset, version) !== undefined
      return isThere ? withdrawEntry(before, { dataset, version }) : before
    },
  }
}

function nameOf({ dataset, version }: Item): string {
  return version === null ? dataset : `${dataset} ${version}`
}

function digitsOf({ dataset, version }: { dataset: string; version: VersionName | null }): string {
  return createHash('sha256').update(`${dataset}\0${version}`).digest('hex').slice(0, 8)
}
