import type { Dataset, DatasetEntry, Manifest, VersionEntry } from './types.ts'
import { byVersionDescending, versionNumber } from './versions.ts'

/** What `commit`, and `description` where none was given, hold until the version is published. */
export const PENDING = 'pending-merge'

/** The `status` of what the next publication removes. */
export const MARKED = 'pending-deletion'

/** Whether a version is not published yet; see `isMarked` for deletions. */
export function isPending(entry: Pick<VersionEntry, 'commit'>): boolean {
  return entry.commit === PENDING
}

/** How a pending version gets its bytes: by those that are staged, or by those of an older version. */
export type ContentKind = 'upload' | 'rollback'

/** Of an entry that is pending, or was: a publication takes away what tells it. */
export function contentKind(entry: Pick<VersionEntry, 'staging_key'>): ContentKind {
  return entry.staging_key === undefined ? 'rollback' : 'upload'
}

/** Whether a change of that kind brings a version, and its bytes. */
export function isContent(kind: string): kind is ContentKind {
  return kind === 'upload' || kind === 'rollback'
}

/** Whether a dataset, or a version by itself, is marked for deletion. */
export function isMarked(item: Pick<Dataset | VersionEntry, 'status'>): boolean {
  return item.status === MARKED
}

/** The entries that wait for publication: by dataset, in each the lowest version first. */
export function pendingEntries(manifest: Manifest): DatasetEntry[] {
  return manifest.datasets.flatMap((dataset) =>
    dataset.history
      .filter(isPending)
      .toSorted((a, b) => byVersionDescending(b, a))
      .map((entry) => ({ dataset, entry })),
  )
}

/** What waits for deletion: a whole dataset (`entry` is null) or one of its versions. */
export interface MarkedItem {
  readonly dataset: Dataset
  readonly entry: VersionEntry | null
}

/** Everything that is marked for deletion; of a marked dataset, the dataset alone. */
export function markedItems(manifest: Manifest): MarkedItem[] {
  return manifest.datasets.flatMap((dataset): MarkedItem[] => {
    if (isMarked(dataset)) return [{ dataset, entry: null }]
    return dataset.history.filter(isMarked).map((entry) => ({ dataset, entry }))
  })
}

/** The entry with the highest version number, pending or not; undefined in an empty history. */
export function newestEntry(dataset: Dataset): VersionEntry | undefined {
  return highest(dataset.history)
}

/**
 * The version that `latest` means: the highest that is neither pending nor marked for deletion.
 * Undefined where there is none; a dataset that is marked itself has none.
 */
export function latestPublished(dataset: Dataset): VersionEntry | undefined {
  if (isMarked(dataset)) return undefined
  return highest(dataset.history, (entry) => !isPending(entry) && !isMarked(entry))
}

/** Without sorting and copying: a list asks this of every dataset. */
function highest(
  entries: readonly VersionEntry[],
  isWanted: (entry: VersionEntry) => boolean = () => true,
): VersionEntry | undefined {
  let found: VersionEntry | undefined
  let number = 0
  for (const entry of entries) {
    const other = versionNumber(entry.version)
    if (other <= number || !isWanted(entry)) continue
    found = entry
    number = other
  }
  return found
}
