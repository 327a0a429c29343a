import { DmError } from '../errors/dm-error.ts'
import { setMark } from '../manifest/edits.ts'
import { getDataset } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Manifest, VersionEntry, VersionName } from '../manifest/types.ts'
import { byVersionDescending } from '../manifest/versions.ts'
import { type Change, digitsOf } from './change.ts'
import { describeGoing, type FindReferences, findNeeding, type Going } from './removal.ts'

export interface PruneRequest {
  /** The manifest of the base. */
  readonly manifest: Manifest
  /** The dataset's name. */
  readonly dataset: string
  /** How many published versions stay; undefined: it was not said. */
  readonly keep: number | undefined
  /** What branches and pull requests name. */
  readonly find: FindReferences
}

/** Marks the older versions of a dataset for deletion. */
export interface Prune extends Change {
  /** Those to be deleted, the newest first; none: nothing is to be done. */
  readonly versions: readonly Going[]
  /** The published ones that stay, the newest first. */
  readonly kept: readonly VersionName[]
  /** Those of them that stay only because a pending rollback brings them back. */
  readonly needed: readonly { readonly version: VersionName; readonly by: VersionName }[]
}

/**
 * All but the newest published versions, for deletion by the next publication. What is pending or
 * marked already is neither counted nor touched.
 *
 * @throws DM_UNKNOWN_DATASET, DM_USAGE, exit 2
 */
export function planPrune({ manifest, dataset: name, keep, find }: PruneRequest): Prune {
  const dataset = getDataset(manifest, name)
  if (keep === undefined) {
    throw new DmError('DM_USAGE', {
      problem: `It was not said how many versions of '${name}' are to stay.`,
      hint: `Give --keep N. ${counted(dataset.history.filter((entry) => !isPending(entry)))}`,
    })
  }
  const published = dataset.history
    .filter((entry) => !isPending(entry) && !isMarked(entry) && !isMarked(dataset))
    .toSorted(byVersionDescending)
  const needed = published.slice(keep).flatMap((entry) => {
    const by = findNeeding(dataset, entry)?.version
    return by === undefined ? [] : [{ version: entry.version, by }]
  })
  const isNeeded = ({ version }: VersionEntry): boolean =>
    needed.some((one) => one.version === version)
  const going = published.slice(keep).filter((entry) => !isNeeded(entry))
  const names = going.map(({ version }) => version)
  return {
    dataset: name,
    // With the number: an older proposal of one's own that keeps another number stays apart.
    slug: `prune-${keep}`,
    digits: digitsOf(name, ...names),
    subject: `Prune ${name} to ${keep} version${keep === 1 ? '' : 's'}`,
    edit: (before) =>
      names.reduce((edited, version) => setMark(edited, { dataset: name, version }, true), before),
    versions: describeGoing(manifest, dataset, going, find),
    kept: published.filter((entry) => !going.includes(entry)).map(({ version }) => version),
    needed,
  }
}

function counted({ length }: readonly VersionEntry[]): string {
  return length === 1 ? '1 version is published.' : `${length} versions are published.`
}
