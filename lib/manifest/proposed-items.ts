import type { ManifestChange } from './compare-manifests.ts'
import { contentKind, type ContentKind, isMarked, isPending } from './status.ts'
import type { Dataset, VersionEntry } from './types.ts'

/**
 * What kind of change a reviewer has before them. `reversal`: a publication that is reverted in git: what it
 * published is pending again, what it removed is there again.
 */
export type ChangeKind = ContentKind | 'deletion' | 'withdrawal' | 'reversal'

/** One thing that a proposal asks for. */
export interface ProposedItem {
  readonly kind: ChangeKind
  readonly dataset: Dataset
  /** Null: the dataset as a whole. */
  readonly entry: VersionEntry | null
}

/**
 * What the differences between two manifests ask for, of each dataset; what no operation makes is
 * left out.
 */
export function proposedItems(changes: readonly ManifestChange[]): ProposedItem[] {
  // What is deleted as a whole takes its pending versions along.
  const going = new Set(
    changes.flatMap(({ kind, dataset }) =>
      kind === 'dataset-changed' && isMarked(dataset) ? [dataset.fileName] : [],
    ),
  )
  return changes.flatMap((change): ProposedItem[] => {
    const { dataset } = change
    switch (change.kind) {
      case 'dataset-changed':
        if (!change.fields.includes('status')) return []
        return [{ kind: isMarked(dataset) ? 'deletion' : 'withdrawal', dataset, entry: null }]
      case 'entry-added':
        return [
          {
            kind: isPending(change.entry) ? contentKind(change.entry) : 'reversal',
            dataset,
            entry: change.entry,
          },
        ]
      case 'entry-removed':
        if (!isPending(change.entry) || going.has(dataset.fileName)) return []
        return [{ kind: 'withdrawal', dataset, entry: change.entry }]
      case 'entry-changed': {
        const { entry, before } = change
        if (isPending(before) && isPending(entry)) {
          return [{ kind: contentKind(entry), dataset, entry }]
        }
        if (isPending(entry)) return [{ kind: 'reversal', dataset, entry }]
        if (isMarked(before) === isMarked(entry)) return []
        return [{ kind: isMarked(entry) ? 'deletion' : 'withdrawal', dataset, entry }]
      }
      default:
        return []
    }
  })
}
