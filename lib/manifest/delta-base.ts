import { folderOf, versionHash } from './keys.ts'
import { bucketOf } from './lookup.ts'
import type { RetiredList } from './retired.ts'
import { isPending } from './status.ts'
import type { Dataset } from './types.ts'

/**
 * The object that a delta of a dataset may build upon, by its hash: that of a published version of the same
 * dataset, or one that the dataset gave up and that is still there. Never another dataset's: a hash can be
 * computed by who does not have the bytes.
 *
 * @param key of the version that the delta is of
 * @returns its key in the dataset's bucket; undefined: there is none
 */
export function findDeltaBase(
  dataset: Dataset,
  { key, base }: { readonly key: string; readonly base: string },
  retired: RetiredList | null,
): string | undefined {
  const published = dataset.history.find((entry) => !isPending(entry) && entry.sha256 === base)
  if (published !== undefined) return published.r2_object_key
  const folder = folderOf(key)
  const givenUp = retired?.objects.find(
    (object) =>
      object.bucket === bucketOf(dataset) &&
      folderOf(object.key) === folder &&
      versionHash(object.key) === base,
  )
  return givenUp?.key
}
