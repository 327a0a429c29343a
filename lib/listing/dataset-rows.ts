import { bucketOf } from '../manifest/bucket-of.ts'
import { isMarked } from '../manifest/is-marked.ts'
import { isPending } from '../manifest/is-pending.ts'
import { latestPublished } from '../manifest/latest-published.ts'
import { reservedFields } from '../manifest/reserved-fields.ts'
import type { Dataset, Manifest, VersionEntry } from '../manifest/types.ts'

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
  readonly pending: readonly VersionRow[]
  /** Whether the dataset as a whole is marked for deletion. */
  readonly marked: boolean
}

/** One row a dataset, in the manifest's order. */
export function datasetRows({ datasets }: Manifest): DatasetRow[] {
  return datasets.map(toRow)
}

function toRow(dataset: Dataset): DatasetRow {
  const latest = latestPublished(dataset)
  return {
    name: dataset.fileName,
    bucket: bucketOf(dataset),
    latest: latest === undefined ? null : toVersionRow(latest),
    versions: dataset.history.filter((entry) => !isPending(entry)).length,
    pending: dataset.history.filter(isPending).map(toVersionRow),
    marked: isMarked(dataset),
  }
}

function toVersionRow(entry: VersionEntry): VersionRow {
  const { version, timestamp, sha256, bytes, commit, description } = entry
  const free = Object.entries(entry).filter(([field]) => !reservedFields.includes(field))
  return {
    version,
    timestamp,
    sha256,
    bytes: bytes ?? null,
    commit,
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(free),
  }
}
