import { finalizeEntry, removeMarked } from '../manifest/edits.ts'
import { bucketOf, findDataset, findEntry } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Manifest } from '../manifest/types.ts'
import type { Deletion, Promoted, Publication } from './publication.ts'

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
  before: Manifest,
  publications: readonly Promoted[],
  deletions: readonly Deletion[],
): Finalized {
  const published = publications.filter((publication) => isStillPending(before, publication))
  const deleted = deletions
    .filter((deletion) => isStillMarked(before, deletion))
    .filter((deletion) => !isPartOfUnplanned(before, deletion, deletions))
  const withPublished = published.reduce(finalizeEntry, before)
  const manifest = deleted.reduce((current, { dataset, version }) => {
    if (findEntry(current, dataset, version) === undefined) return current
    const whole = isMarked(findDataset(current, dataset) ?? {})
    return removeMarked(current, { dataset, version: whole ? null : version })
  }, withPublished)
  return { manifest, published, deleted }
}

function isStillPending(manifest: Manifest, publication: Publication): boolean {
  const dataset = findDataset(manifest, publication.dataset)
  const entry = findEntry(manifest, publication.dataset, publication.version)
  if (dataset === undefined || entry === undefined) return false
  return (
    isPending(entry) &&
    !isMarked(dataset) &&
    !isMarked(entry) &&
    bucketOf(dataset) === publication.bucket &&
    entry.sha256 === publication.sha256 &&
    (entry.bytes ?? null) === publication.bytes &&
    entry.r2_object_key === publication.key &&
    (entry.staging_key ?? null) === publication.stagingKey
  )
}

/** Whether all of a dataset is marked, but the plan knows only some of its versions. */
function isPartOfUnplanned(
  manifest: Manifest,
  { dataset: name }: Deletion,
  planned: readonly Deletion[],
): boolean {
  const dataset = findDataset(manifest, name)
  if (dataset === undefined || !isMarked(dataset)) return false
  return !dataset.history.every((entry) =>
    planned.some((other) => other.dataset === name && other.version === entry.version),
  )
}

function isStillMarked(manifest: Manifest, deletion: Deletion): boolean {
  const { dataset, version, key, bucket } = deletion
  const found = findDataset(manifest, dataset)
  const entry = findEntry(manifest, dataset, version)
  if (found === undefined || entry?.r2_object_key !== key || bucketOf(found) !== bucket)
    return false
  return isMarked(found) || isMarked(entry)
}
