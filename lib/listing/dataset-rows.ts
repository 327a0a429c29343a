import { bucketOf } from '../manifest/lookup.ts'
import { isMarked, isPending, latestPublished } from '../manifest/status.ts'
import { reservedFields } from '../manifest/create-entry.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'
import type { ProposedVersion } from './proposed-versions.ts'

/** What a list shows of a version: its identity and its free fields. */
export type VersionRow = Pick<VersionEntry, 'version' | 'timestamp' | 'sha256'> &
  Readonly<Record<string, unknown>>

/** What a list shows of a dataset. */
export interface DatasetRow {
  readonly name: string
  /** Logical name. */
  readonly bucket: string
  /** The highest version that is neither pending nor marked; null: none. */
  readonly latest: VersionRow | null
  /** How many versions are published. */
  readonly versions: number
  /** On the base or on a branch (null: the base), and not published. */
  readonly pending: readonly (VersionRow & { readonly branch: string | null })[]
  /** Whether the dataset as a whole is marked for deletion. */
  readonly marked: boolean
}

/** One row a dataset, in the manifest's order; behind them, those that are only proposed. */
export function datasetRows(
  { datasets }: Manifest,
  proposed: readonly ProposedVersion[] = [],
): DatasetRow[] {
  const known = new Set(datasets.map(({ fileName }) => fileName))
  const news = new Map(
    proposed
      .filter(({ dataset }) => !known.has(dataset.fileName))
      .map(({ dataset }) => [dataset.fileName, { ...dataset, history: [] }]),
  )
  return [...datasets, ...news.values()].map((dataset) =>
    toRow(
      dataset,
      proposed.filter((one) => one.dataset.fileName === dataset.fileName),
    ),
  )
}

function toRow(dataset: Dataset, proposed: readonly ProposedVersion[]): DatasetRow {
  const latest = latestPublished(dataset)
  return {
    name: dataset.fileName,
    bucket: bucketOf(dataset),
    latest: latest === undefined ? null : toVersionRow(latest, {}),
    versions: dataset.history.filter((entry) => !isPending(entry)).length,
    pending: [
      ...dataset.history.filter(isPending).map((entry) => ({ entry, branch: null })),
      ...proposed,
    ].map(({ entry, branch }) => toVersionRow(entry, { branch })),
    marked: isMarked(dataset),
  }
}

function toVersionRow<More extends object>(entry: VersionEntry, more: More): VersionRow & More {
  const { version, timestamp, sha256, bytes, commit, description } = entry
  return {
    version,
    timestamp,
    sha256,
    bytes: bytes ?? null,
    commit,
    ...(description === undefined ? {} : { description }),
    ...freeFields(entry),
    ...more,
  }
}

/** The fields of an entry that have no meaning of their own. */
export function freeFields(entry: VersionEntry): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(entry).filter(([field]) => !reservedFields.includes(field)),
  )
}
