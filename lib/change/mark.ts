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
    isAlone: true,
    digits: digitsOf(item),
    subject: `Delete ${nameOf(item)}`,
    edit: (manifest) => setMark(manifest, item, true),
  }
}

/**
 * Takes back a deletion mark, or a version that is not published yet. A mark on such a version goes
 * with it: nobody wants to publish what is to be deleted.
 *
 * @param what is there to be taken back
 */
export function planWithdrawal({
  item,
  kind,
}: {
  readonly item: Item
  readonly kind: 'upload' | 'rollback' | 'deletion'
}): Change {
  const { dataset, version } = item
  return {
    dataset,
    slug: 'withdraw',
    isAlone: true,
    digits: digitsOf(item),
    subject: `Withdraw ${nameOf(item)}`,
    edit: (before) => {
      if (version === null || kind === 'deletion') return setMark(before, item, false)
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
