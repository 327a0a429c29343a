import { DmError } from '../errors/dm-error.ts'
import { setMark, withdrawEntry, type Item } from '../manifest/edits.ts'
import { findEntry, getDataset, getEntry } from '../manifest/lookup.ts'
import { formatItem, parseItem } from '../manifest/parse-item.ts'
import { isMarked, isPending, latestPublished } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending } from '../manifest/versions.ts'
import { type Change, digitsOf } from './change.ts'
import { freedText } from './going-lines.ts'
import { describeGoing, findNeeding, type FindReferences, type Going } from './removal.ts'

export interface DeletionRequest {
  /** The manifest of the base. */
  readonly manifest: Manifest
  /** `NAME` or `NAME@vN`. */
  readonly name: string
  /** What branches and pull requests name. */
  readonly find: FindReferences
}

/** Marks a dataset, or one of its versions, for deletion by the next publication. */
export interface DeletionChange extends Change {
  readonly item: Item
  /** As it must be typed: `NAME` or `NAME@vN`. */
  readonly named: string
  /** Those to be deleted, the newest first; none: it is marked already. */
  readonly versions: readonly Going[]
  /** The pending versions of the dataset, which are taken back. */
  readonly withdrawn: readonly VersionName[]
  /** Whether nothing that is published stays of the dataset. */
  readonly isWhole: boolean
}

/**
 * What is deleted, and who else names each object.
 *
 * @throws DM_UNKNOWN_DATASET, DM_UNKNOWN_VERSION, DM_NO_PUBLISHED_VERSION; DM_DELETION_PENDING for
 *   what is not published; DM_DELETION_NEEDED for what a pending rollback brings back; DM_USAGE;
 *   exit 2
 */
export function planDeletion({ manifest, name, find }: DeletionRequest): DeletionChange {
  const item = resolve(manifest, name)
  const dataset = getDataset(manifest, item.dataset)
  const isMarkedAlready =
    isMarked(dataset) || (item.version !== null && isMarked(getEntry(dataset, item.version)))
  const going = isMarkedAlready ? [] : entriesOf(dataset, item)
  const published = dataset.history.filter((entry) => !isPending(entry))
  const withdrawn = item.version === null ? going.filter(isPending) : []
  const named = formatItem(item)
  const versions = describeGoing(manifest, dataset, going, find).filter(({ version }) =>
    published.some((entry) => entry.version === version),
  )
  return {
    dataset: item.dataset,
    slug: 'delete',
    isAlone: true,
    digits: digitsOf(item.dataset, String(item.version)),
    subject: `Delete ${named}`,
    edit: (before) =>
      withdrawn.reduce(
        (edited, { version }) => withoutPending(edited, item.dataset, version),
        setMark(before, item, true),
      ),
    item,
    named,
    versions,
    withdrawn: withdrawn.map(({ version }) => version),
    isWhole: versions.length === published.length,
  }
}

/**
 * Tells what a person sees of a deletion apart from what would be deleted now.
 *
 * @returns a text that is the same for the same versions, with the same others that name them
 */
export function seenOf({ named, versions, withdrawn }: DeletionChange): string {
  return JSON.stringify([named, versions, withdrawn])
}

/**
 * Sees that somebody has named exactly what goes, and has seen what that is.
 *
 * @param confirmed what was typed, or given; undefined: nothing
 * @param seen by `seenOf`, where a list was shown; undefined: none was
 * @throws DM_DELETION_UNCONFIRMED, exit 2; DM_DELETION_MOVED where it is not what was seen any more
 */
export function verifyConfirmed(
  deletion: DeletionChange,
  confirmed: string | undefined,
  seen: string | undefined,
): void {
  const { named, versions } = deletion
  if (confirmed !== named) {
    const frees = freedText(versions)
    const names = versions.map(({ version }) => version)
    throw new DmError('DM_DELETION_UNCONFIRMED', { named, given: confirmed ?? null, names, frees })
  }
  if (seen !== undefined && seen !== seenOf(deletion)) {
    throw new DmError('DM_DELETION_MOVED', { named })
  }
}

/** What `latest` is, must be said by its number: it may be another one when somebody reads it. */
function resolve(manifest: Manifest, name: string): Item {
  const { dataset, version } = parseItem(manifest, name)
  if (version !== 'latest') return { dataset, version }
  const latest = latestPublished(getDataset(manifest, dataset))
  if (latest === undefined) throw new DmError('DM_NO_PUBLISHED_VERSION', { dataset, marked: [] })
  return { dataset, version: latest.version }
}

function entriesOf(dataset: Dataset, { version }: Item): readonly VersionEntry[] {
  const name = dataset.fileName
  if (version === null) {
    if (dataset.history.every(isPending)) {
      throw new DmError('DM_DELETION_PENDING', { dataset: name, version: null })
    }
    return dataset.history.toSorted(byVersionDescending)
  }
  const entry = getEntry(dataset, version)
  if (isPending(entry)) throw new DmError('DM_DELETION_PENDING', { dataset: name, version })
  const needing = findNeeding(dataset, entry)?.version
  const isOnly = !dataset.history.some(
    (other) =>
      other !== entry &&
      other.r2_object_key === entry.r2_object_key &&
      !isPending(other) &&
      !isMarked(other),
  )
  if (needing !== undefined && isOnly) {
    throw new DmError('DM_DELETION_NEEDED', { dataset: name, version, by: needing })
  }
  return [entry]
}

function withoutPending(manifest: Manifest, dataset: string, version: VersionName): Manifest {
  const entry = findEntry(manifest, dataset, version)
  if (entry === undefined || !isPending(entry)) return manifest
  return withdrawEntry(manifest, { dataset, version })
}
