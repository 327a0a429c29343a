import type { Reference } from '../base/references.ts'
import { bucketOf } from '../manifest/lookup.ts'
import { isMarked, isPending } from '../manifest/status.ts'
import type { Dataset, Manifest, VersionEntry, VersionName } from '../manifest/types.ts'

/** A version that is to be deleted. */
export interface Going {
  readonly version: VersionName
  readonly sha256: string
  /** Null: an old manifest does not tell. */
  readonly bytes: number | null
  /** What else names its object, for people. */
  readonly namedBy: readonly string[]
  /** Whether its bytes stay because of that. */
  readonly stays: boolean
}

/** Tells what branches and pull requests name an object. */
export type FindReferences = (object: {
  readonly bucket: string
  readonly key: string
}) => readonly Reference[]

/**
 * What becomes of the objects of versions that are to be deleted, and who else names each.
 *
 * @param manifest of the base
 * @param entries of the dataset
 */
export function describeGoing(
  manifest: Manifest,
  dataset: Dataset,
  entries: readonly VersionEntry[],
  find: FindReferences,
): Going[] {
  const bucket = bucketOf(dataset)
  const going = new Set(entries)
  const others = manifest.datasets
    .filter((other) => bucketOf(other) === bucket)
    .flatMap((other) =>
      other.history.filter((entry) => !going.has(entry)).map((entry) => ({ other, entry })),
    )
  return entries.map(({ version, sha256, bytes = null, r2_object_key: key }) => {
    const naming = others.filter(({ entry }) => entry.r2_object_key === key)
    const references = find({ bucket, key })
    return {
      version,
      sha256,
      bytes,
      namedBy: naming
        .map(({ other, entry }) => nameOf(other, entry, dataset))
        .concat(references.map(({ by }) => by)),
      // Anybody can open a pull request: it keeps nothing that was published.
      stays:
        naming.some(({ other, entry }) => !isMarked(other) && !isMarked(entry)) ||
        references.some(({ isOutside }) => !isOutside),
    }
  })
}

/** The bytes that go for good, each object counted once. */
export function freedBytes(going: readonly Going[]): number {
  const sizes = new Map(going.filter(({ stays }) => !stays).map((one) => [one.sha256, one.bytes]))
  return [...sizes.values()].reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

/** The pending rollback that brings a version back: without that, it could not be published. */
export function findNeeding(dataset: Dataset, entry: VersionEntry): VersionEntry | undefined {
  return dataset.history.find(
    (other) =>
      isPending(other) &&
      other.staging_key === undefined &&
      other.r2_object_key === entry.r2_object_key,
  )
}

function nameOf(dataset: Dataset, entry: VersionEntry, own: Dataset): string {
  const isLeaving = isMarked(dataset) || isMarked(entry)
  const state = isPending(entry) ? ', pending' : isLeaving ? ', to be deleted' : ''
  const { fileName } = dataset
  return `${fileName === own.fileName ? '' : `${fileName} `}${entry.version}${state}`
}
