import { bucketOf, findDataset, findEntry } from '../manifest/lookup.ts'
import { findPrivate } from '../manifest/legal-changes.ts'
import { isPending } from '../manifest/status.ts'
import type { Manifest, VersionName } from '../manifest/types.ts'

/**
 * Tells of which versions more than their names may be said. What a proposal says of a bucket is a claim, and
 * so is a hash: it can be that of bytes that its author may not read. So the dataset has to be in a bucket
 * that is open on the base and in the proposal, and the bytes have to be published in one already, or nobody's
 * in another.
 *
 * @param isOpen whether of what is in a bucket, by its logical name, more may be said
 */
export function toldVersions(
  { base, after }: { readonly base: Manifest; readonly after: Manifest },
  isOpen: (bucket: string) => boolean,
): (dataset: string, ...versions: readonly VersionName[]) => boolean {
  const manifests = [base, after]
  const published = new Set(
    base.datasets
      .filter((dataset) => isOpen(bucketOf(dataset)))
      .flatMap(({ history }) => history.filter((entry) => !isPending(entry)))
      .map(({ sha256 }) => sha256),
  )
  const isOpenHash = (sha256: string): boolean =>
    published.has(sha256) ||
    manifests.every((manifest) => findPrivate(manifest, sha256, isOpen) === undefined)
  return (name, ...versions) =>
    manifests.every((manifest) => {
      const dataset = findDataset(manifest, name)
      if (dataset !== undefined && !isOpen(bucketOf(dataset))) return false
      return versions.every((version) => {
        const entry = findEntry(manifest, name, version)
        return entry === undefined || isOpenHash(entry.sha256)
      })
    })
}
