import { createHash } from 'node:crypto'
import { type Item, setMark, withdrawEntry } from '../manifest/edits.ts'
import { findEntry } from '../manifest/lookup.ts'
import type { VersionName } from '../manifest/types.ts'
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

/** Takes back a deletion mark, or a version that is not published yet. */
export function planWithdrawal(item: Item): Change {
  return {
    dataset: item.dataset,
    slug: 'withdraw',
    digits: digitsOf(item),
    subject: `Withdraw ${nameOf(item)}`,
    edit: (manifest) => {
      const { dataset, version } = item
      const entry = version === null ? undefined : findEntry(manifest, dataset, version)
      if (version === null || entry?.status !== undefined) return setMark(manifest, item, false)
      return entry === undefined ? manifest : withdrawEntry(manifest, { dataset, version })
    },
  }
}

function nameOf({ dataset, version }: Item): string {
  return version === null ? dataset : `${dataset} ${version}`
}

function digitsOf({ dataset, version }: { dataset: string; version: VersionName | null }): string {
  return createHash('sha256').update(`${dataset}\0${version}`).digest('hex').slice(0, 8)
}
