import { isDeepStrictEqual } from 'node:util'
import { isPending } from './status.ts'
import type { Dataset, Manifest, VersionEntry } from './types.ts'

/** A field of a dataset (other than its history) or of an entry that differs. */
interface FieldChanges {
  readonly fields: readonly string[]
}

/** One difference between two manifests. */
export type ManifestChange =
  | { readonly kind: 'dataset-added' | 'dataset-removed'; readonly dataset: Dataset }
  | ({
      readonly kind: 'dataset-changed'
      readonly dataset: Dataset
      readonly before: Dataset
    } & FieldChanges)
  | {
      readonly kind: 'entry-added' | 'entry-removed'
      readonly dataset: Dataset
      readonly entry: VersionEntry
    }
  /** Published: pending before, and only what a publication sets is different. */
  | ({
      readonly kind: 'entry-published' | 'entry-changed'
      readonly dataset: Dataset
      readonly entry: VersionEntry
      readonly before: VersionEntry
    } & FieldChanges)

/** What a publication sets. */
export const publicationFields: ReadonlySet<string> = new Set([
  'commit',
  'description',
  'staging_key',
  'compressedBytes',
  'delta',
])

/**
 * What is different between two manifests, by value: layout and order do not count. An added or
 * removed dataset also shows each of its entries as added or removed. `dataset` is that of the
 * manifest after, except for what is removed.
 */
export function compareManifests(before: Manifest, after: Manifest): ManifestChange[] {
  const old = new Map(before.datasets.map((dataset) => [dataset.fileName, dataset]))
  const now = new Set(after.datasets.map(({ fileName }) => fileName))
  const removed = before.datasets.filter(({ fileName }) => !now.has(fileName))
  const changes = after.datasets.map((dataset) =>
    compareDataset(old.get(dataset.fileName), dataset),
  )
  return [...changes, ...removed.map(removeDataset)].flat()
}

function removeDataset(dataset: Dataset): ManifestChange[] {
  const removed = dataset.history.map((entry) => ({
    kind: 'entry-removed' as const,
    dataset,
    entry,
  }))
  return [{ kind: 'dataset-removed', dataset }, ...removed]
}

function compareDataset(before: Dataset | undefined, dataset: Dataset): ManifestChange[] {
  if (before === dataset) return []
  if (before === undefined) {
    const added = dataset.history.map((entry) => ({ kind: 'entry-added' as const, dataset, entry }))
    return [{ kind: 'dataset-added', dataset }, ...added]
  }
  const fields = differentFields(before, dataset).filter((field) => field !== 'history')
  const own: ManifestChange[] =
    fields.length === 0 ? [] : [{ kind: 'dataset-changed', dataset, before, fields }]
  return [...own, ...compareHistory(before, dataset)]
}

function compareHistory(before: Dataset, dataset: Dataset): ManifestChange[] {
  const old = new Map(before.history.map((entry) => [entry.version, entry]))
  const now = new Set(dataset.history.map(({ version }) => version))
  const kept = dataset.history.flatMap((entry) =>
    compareEntry(old.get(entry.version), entry, dataset),
  )
  const removed = before.history
    .filter(({ version }) => !now.has(version))
    .map((entry) => ({ kind: 'entry-removed' as const, dataset: before, entry }))
  return [...kept, ...removed]
}

function compareEntry(
  before: VersionEntry | undefined,
  entry: VersionEntry,
  dataset: Dataset,
): ManifestChange[] {
  if (before === entry) return []
  if (before === undefined) return [{ kind: 'entry-added', dataset, entry }]
  const fields = differentFields(before, entry)
  if (fields.length === 0) return []
  const published =
    isPending(before) && !isPending(entry) && fields.every((field) => publicationFields.has(field))
  return [{ kind: published ? 'entry-published' : 'entry-changed', dataset, entry, before, fields }]
}

function differentFields(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter(
    (name) =>
      // A field such as __proto__ would else equal what every object inherits.
      Object.hasOwn(before, name) !== Object.hasOwn(after, name) ||
      !isDeepStrictEqual(before[name], after[name]),
  )
}
