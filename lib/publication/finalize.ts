import type { Base } from '../base/base.ts'
import { findDataset } from '../manifest/find-dataset.ts'
import { finalizeEntry } from '../manifest/finalize-entry.ts'
import { isMarked } from '../manifest/is-marked.ts'
import { isPending } from '../manifest/is-pending.ts'
import { removeMarked } from '../manifest/remove-marked.ts'
import type { Manifest, VersionEntry } from '../manifest/types.ts'
import type { Deletion, Publication } from './publication.ts'

/** The manifest after a publication, and what of the plan is in it. */
export interface Finalized {
  readonly manifest: Manifest
  readonly published: readonly Publication[]
  readonly deleted: readonly Deletion[]
}

/**
 * Applies proven publications, and deletions, to the manifest of the base.
 *
 * The base may have moved since they were planned: what is no longer pending in the same way is
 * left out.
 */
export function finalize(
  { manifest: before }: Base,
  publications: readonly Publication[],
  deletions: readonly Deletion[],
): Finalized {
  const published = publications.filter((publication) => isStillPending(before, publication))
  const deleted = deletions.filter((deletion) => isStillMarked(before, deletion))
  const withPublished = published.reduce(finalizeEntry, before)
  const manifest = deleted.reduce((current, { dataset, version }) => {
    const entry = findEntry(current, dataset, version)
    if (entry === undefined) return current
    const whole = isMarked(findDataset(current, dataset) ?? {})
    return removeMarked(current, { dataset, version: whole ? null : version })
  }, withPublished)
  return { manifest, published, deleted }
}

function isStillPending(manifest: Manifest, publication: Publication): boolean {
  const entry = findEntry(manifest, publication.dataset, publication.version)
  return (
    entry !== undefined &&
    isPending(entry) &&
    entry.sha256 === publication.sha256 &&
    entry.r2_object_key === publication.key
  )
}

function isStillMarked(manifest: Manifest, { dataset, version, key }: Deletion): boolean {
  const found = findDataset(manifest, dataset)
  const entry = findEntry(manifest, dataset, version)
  if (found === undefined || entry?.r2_object_key !== key) return false
  return isMarked(found) || isMarked(entry)
}

function findEntry(manifest: Manifest, dataset: string, version: string): VersionEntry | undefined {
  return findDataset(manifest, dataset)?.history.find((entry) => entry.version === version)
}
