import { createHash } from 'node:crypto'
import type { Dataset, VersionName } from './types.ts'
import { byVersionDescending, versionNumber } from './versions.ts'

/** Below this in the staging bucket lies all that waits for its publication. */
export const STAGING_FOLDER = 'staging-uploads/'

/**
 * Where a new version's bytes will be in its bucket: `<folder>/vN-<sha256>.sqlite`.
 *
 * The folder is that of the predecessor's key, so that a dataset stays together; without a
 * predecessor, the name without `.sqlite`.
 *
 * @param dataset as the manifest has it; null for a new one
 * @param name the dataset's name
 */
export function objectKey(
  dataset: Dataset | null,
  name: string,
  version: VersionName,
  sha256: string,
): string {
  const predecessor = dataset?.history
    .filter((entry) => versionNumber(entry.version) < versionNumber(version))
    .toSorted(byVersionDescending)[0]
  const folder =
    predecessor === undefined
      ? `${name.replace(/\.sqlite$/, '')}/`
      : folderOf(predecessor.r2_object_key)
  return `${folder}${version}-${sha256}.sqlite`
}

/** Whether a key is of the form that `objectKey` makes. */
export function isVersionKey(key: string): boolean {
  return /(?:^|\/)v\d+-[0-9a-f]{64}\.sqlite$/.test(key)
}

/** The folder of a key, with the slash at its end; empty for a key without one. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

/**
 * The folder in staging that one data repository has for one of its buckets: 8 hex digits, so that
 * no other repository, folder or bucket ever shares staged bytes.
 *
 * @param repository the stamp: `owner/name`, with `#folder` below git's root
 * @param bucket logical name of the bucket that the bytes are for
 */
export function stagingScope(repository: string, bucket: string): string {
  return createHash('sha256').update(`${repository}\0${bucket}`).digest('hex').slice(0, 8)
}

/** Where the bytes of an upload wait in the staging bucket. */
export function stagingKey(repository: string, bucket: string, sha256: string): string {
  return `${STAGING_FOLDER}${stagingScope(repository, bucket)}/${sha256}.sqlite`
}

/**
 * Whether a key may hold the staged bytes of this hash: in the folder of any scope, since the
 * object's own stamp says whose and what for it is, or without a scope, as the predecessor of this
 * program wrote it.
 */
export function isStagingKeyOf(key: string, sha256: string): boolean {
  return stagedHash(key) === sha256
}

/** The hash in the name of staged bytes; undefined for a key that is not of such a form. */
export function stagedHash(key: string): string | undefined {
  return /^staging-uploads\/(?:[0-9a-f]{8}\/)?([0-9a-f]{64})\.sqlite$/.exec(key)?.[1]
}
