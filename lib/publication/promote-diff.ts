import { createHash } from 'node:crypto'
import { MOST_STORED_BYTES, readFrom } from '../diff/version-diff.ts'
import { companionKey, stagedDiffKey } from '../manifest/keys.ts'
import type { VersionName } from '../manifest/types.ts'
import { putAnew } from '../store/put-anew.ts'
import { readObject } from '../store/read-object.ts'
import type { RequestOptions, Store } from '../store/store.ts'
import type { Publication } from './publication.ts'

/** The bytes that a diff belongs to. */
export type Diffed = Pick<Publication, 'dataset' | 'version' | 'bucket' | 'sha256' | 'stagingKey'>

export interface StagedText {
  readonly text: Buffer
  /** The version that it compares this one with. */
  readonly from: VersionName
}

/**
 * Reads the diff that waits beside the staged bytes of a version. It is what its author says.
 *
 * @param formerly further stamps of this data repository
 * @returns null where there is none, or none of just this version: the same bytes may have been
 *   proposed under another number before, and by somebody else
 * @throws DM_STORE_…
 */
export async function readStagedDiff(
  staging: Store,
  { dataset, version, bucket, sha256, stagingKey }: Diffed,
  { formerly, signal }: RequestOptions & { readonly formerly: readonly string[] },
): Promise<StagedText | null> {
  const key = stagingKey === null ? undefined : stagedDiffKey(stagingKey)
  const info = key === undefined ? null : await staging.head(key, { signal })
  if (info === null || info.bytes === 0 || info.bytes > MOST_STORED_BYTES) return null
  const isOwn = [staging.repository, ...formerly].includes(info.repository ?? '')
  if (!isOwn || info.bucket !== bucket || info.content !== sha256) return null
  const chunks = readObject(staging, info.key, { bytes: info.bytes, signal })
  const text = Buffer.concat(await Array.fromAsync(chunks))
  if (hashOf(text) !== info.sha256) return null
  const from = readFrom(text, { dataset, to: version })
  return from === null ? null : { text, from }
}

/**
 * Puts the diff of a version for a private bucket beside its object, where there is one.
 *
 * @returns whether there was one
 * @throws DM_STORE_…
 */
export async function promoteDiff(
  publication: Publication,
  {
    staging,
    target,
    ...options
  }: RequestOptions & {
    readonly staging: Store
    readonly target: Store
    readonly formerly: readonly string[]
  },
): Promise<boolean> {
  const { key, sha256 } = publication
  const found = await readStagedDiff(staging, publication, options)
  if (found === null) return false
  const stamp = { sha256: hashOf(found.text), content: sha256 }
  await putAnew(target, companionKey(key, { kind: 'diff' }), found.text, {
    stamp,
    signal: options.signal,
  })
  return true
}

function hashOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}
