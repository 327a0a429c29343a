import type { BaseHistory } from '../base/base-history.ts'
import { bucketOf } from '../manifest/bucket-of.ts'
import { isPending } from '../manifest/is-pending.ts'
import type { MarkedItem } from '../manifest/marked-items.ts'
import type { VersionEntry } from '../manifest/types.ts'
import { versionNumber } from '../manifest/version-number.ts'
import type { Deletion, Rejection } from './publication.ts'

/** The versions that a mark removes, or why it does not. */
export interface DeletionPlan {
  readonly deletions: readonly Deletion[]
  readonly rejections: readonly Rejection[]
}

/**
 * Plans what is marked for deletion: one version, or all versions of a dataset or none.
 *
 * An entry is deleted only if it always named the same bytes since it was published: else somebody
 * has edited it, and a mark would delete what they name.
 */
export function planDeletion({ dataset, entry }: MarkedItem, history: BaseHistory): DeletionPlan {
  const name = dataset.fileName
  const bucket = bucketOf(dataset)
  const entries = entry === null ? dataset.history : [entry]
  const rejections = entries
    .filter((one) => !isUnedited(name, bucket, one, history))
    .map(({ version }) => ({
      dataset: name,
      version,
      code: 'DM_CHANGE_PUBLISHED',
      message: 'it is marked for deletion, but its key, hash or bucket is not what was published',
    }))
  if (rejections.length > 0) return { deletions: [], rejections }
  const deletions = entries.map(({ version, r2_object_key: key }) => ({
    dataset: name,
    version,
    bucket,
    key,
  }))
  return { deletions, rejections: [] }
}

function isUnedited(
  dataset: string,
  bucket: string,
  entry: VersionEntry,
  history: BaseHistory,
): boolean {
  const number = versionNumber(entry.version)
  const states = history.flatMap(({ entries }) =>
    entries.filter((other) => other.dataset === dataset && other.number === number),
  )
  const wanted = states.filter(({ pending }) => pending === isPending(entry))
  return (
    wanted.some(({ marked }) => !marked) &&
    wanted.every(
      (other) =>
        other.key === entry.r2_object_key &&
        other.sha256 === entry.sha256 &&
        other.bucket === bucket,
    )
  )
}
