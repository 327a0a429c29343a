import { type Item, setMark, withdrawEntry } from '../manifest/edits.ts'
import { findEntry } from '../manifest/lookup.ts'
import { formatItem } from '../manifest/parse-item.ts'
import { type Change, digitsOf } from './change.ts'

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
    digits: digitsOf(dataset, String(version)),
    subject: `Withdraw ${formatItem(item)}`,
    edit: (before) => {
      if (version === null || kind === 'deletion') return setMark(before, item, false)
      const isThere = findEntry(before, dataset, version) !== undefined
      return isThere ? withdrawEntry(before, { dataset, version }) : before
    },
  }
}
