import type { Base } from '../base/base.ts'
import type { BaseHistory } from '../base/base-history.ts'
import { isMarked } from '../manifest/is-marked.ts'
import { isPending } from '../manifest/is-pending.ts'
import { markedItems } from '../manifest/marked-items.ts'
import { pendingEntries } from '../manifest/pending-entries.ts'
import { planDeletion } from './plan-deletion.ts'
import type { Dataset, VersionEntry } from '../manifest/types.ts'
import { type EntryPlan, planEntry } from './plan-entry.ts'
import type { PublicationPlan, Rejection } from './publication.ts'

/**
 * Plans everything that is pending on the base: each entry is checked against the rules for legal
 * changes, again although its pull request was checked, since the base may have moved since.
 *
 * @param history of the base, complete
 * @param buckets the logical names of the buckets that datasets can be in
 */
export function planPublication(
  { manifest }: Base,
  history: BaseHistory,
  buckets: readonly string[],
): PublicationPlan {
  const refused = new Map<Dataset, string>()
  const entries = pendingEntries(manifest)
    .filter(({ dataset }) => !isMarked(dataset))
    .map((item) => {
      const { dataset, entry } = item
      const below = refused.get(dataset)
      const plan: EntryPlan =
        below === undefined
          ? planEntry(manifest, item, history, buckets)
          : { rejections: [buildsOnRefused(dataset, entry, below)] }
      if (plan.rejections.length > 0 && below === undefined) refused.set(dataset, entry.version)
      return plan
    })
  const deletions = markedItems(manifest)
    // A mark on a pending version is illegal, and told as such where it is planned above.
    .filter(({ entry }) => entry === null || !isPending(entry))
    .map((item) => planDeletion(item, history))
  return {
    publications: entries.flatMap(({ publication }) => publication ?? []),
    deletions: deletions.flatMap((plan) => plan.deletions),
    rejections: [
      ...entries.flatMap((plan) => plan.rejections),
      ...deletions.flatMap((plan) => plan.rejections),
    ],
  }
}

/** What a refused version says of its folder or number must not count for the one above it. */
function buildsOnRefused(dataset: Dataset, entry: VersionEntry, below: string): Rejection {
  return {
    dataset: dataset.fileName,
    version: entry.version,
    code: 'DM_CHANGE_PREDECESSOR',
    message: `it comes after ${below}, which is pending too and is refused`,
  }
}
