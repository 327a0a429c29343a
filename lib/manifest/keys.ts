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
  return versionHash(key) !== undefined
}

/** The hash in a key of the form that `objectKey` makes; undefined for another key. */
export function versionHash(key: string): string | undefined {
  return /(?:^|\/)v\d+-([0-9a-f]{64})\.sqlite$/.exec(key)?.[1]
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

/** How the bytes of an upload wait in staging. */
export type StagedForm =
  | { readonly form: 'whole' | 'compressed'; readonly base?: undefined }
  /** `base`: SHA-256 of the database that the delta builds upon. */
  | { readonly form: 'delta'; readonly base: string }

const WHOLE: StagedForm = { form: 'whole' }

/**
 * Where the bytes of an upload wait in the staging bucket.
 *
 * @param sha256 of the database itself, whatever form it waits in
 */
export function stagingKey(
  repository: string,
  bucket: string,
  sha256: string,
  form: StagedForm = WHOLE,
): string {
  const folder = `${STAGING_FOLDER}${stagingScope(repository, bucket)}/`
  if (form.form === 'delta') return `${folder}${sha256}-from-${form.base}.delta`
  return `${folder}${sha256}.sqlite${form.form === 'compressed' ? '.zst' : ''}`
}

/**
 * What a key says that names the bytes of an upload: in the folder of any scope, since the object's
 * own stamp says whose and what for it is, or whole and without a scope, as the predecessor of this
 * program wrote it. Undefined for another key; also for a delta that builds upon its own outcome.
 */
export function parseStagingKey(
  key: string,
): ({ readonly sha256: string } & StagedForm) | undefined {
  const name = /^staging-uploads\/([0-9a-f]{8}\/)?(.*)$/.exec(key)
  const [, scope, rest = ''] = name ?? []
  const [, sha256, zst] = /^([0-9a-f]{64})\.sqlite(\.zst)?$/.exec(rest) ?? []
  if (sha256 !== undefined && zst === undefined) return { sha256, ...WHOLE }
  if (scope === undefined) return undefined
  if (sha256 !== undefined) return { sha256, form: 'compressed' }
  const [, target, base] = /^([0-9a-f]{64})-from-([0-9a-f]{64})\.delta$/.exec(rest) ?? []
  if (target === undefined || base === undefined || target === base) return undefined
  return { sha256: target, form: 'delta', base }
}

/** Whether a key may hold the staged bytes of this hash, in any form and scope. */
export function isStagingKeyOf(key: string, sha256: string): boolean {
  return parseStagingKey(key)?.sha256 === sha256
}

/**
 * Where the diff of a private dataset waits that belongs to staged bytes: beside them, named by no
 * entry.
 *
 * @param staged the staging key of the bytes, of any form
 */
export function stagedDiffKey(staged: string): string | undefined {
  const { sha256 } = parseStagingKey(staged) ?? {}
  return sha256 === undefined ? undefined : `${folderOf(staged)}${sha256}.diff.sql`
}

/** The hash of the bytes that a staged diff belongs to; undefined for another key. */
export function parseStagedDiff(key: string): string | undefined {
  return /^staging-uploads\/[0-9a-f]{8}\/([0-9a-f]{64})\.diff\.sql$/.exec(key)?.[1]
}

/** What staged bytes and their diff are called by an entry: both go on waiting as long as it does. */
export function stagedKeys(staged: string): string[] {
  const diff = stagedDiffKey(staged)
  return diff === undefined ? [staged] : [staged, diff]
}

/** What may lie beside a published database, made and removed with it. */
export type Companion =
  | { readonly kind: 'zst' | 'diff'; readonly base?: undefined }
  /** `base`: SHA-256 of the database that the delta builds upon. */
  | { readonly kind: 'delta'; readonly base: string }

/** The key of a companion of the database under this key. */
export function companionKey(key: string, companion: Companion): string {
  switch (companion.kind) {
    case 'zst':
      return `${key}.zst`
    case 'diff':
      return `${key}.diff.sql`
    case 'delta':
      return `${key}.from-${companion.base}.delta`
  }
}

/**
 * The database that a key of this form stands beside, and as what; undefined for another key. Only
 * a database under a key of `objectKey` has companions.
 */
export function companionOf(key: string): ({ readonly key: string } & Companion) | undefined {
  const [, database = '', ending, base] =
    /^(.*\.sqlite)(\.zst|\.diff\.sql|\.from-([0-9a-f]{64})\.delta)$/s.exec(key) ?? []
  if (!isVersionKey(database)) return undefined
  if (base !== undefined) return { key: database, kind: 'delta', base }
  return { key: database, kind: ending === '.zst' ? 'zst' : 'diff' }
}
