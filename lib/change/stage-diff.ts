import { createHash } from 'node:crypto'
import { MOST_STORED_BYTES } from '../diff/version-diff.ts'
import { stagedDiffKey } from '../manifest/keys.ts'
import { putAnew } from '../store/put-anew.ts'
import type { Store } from '../store/store.ts'
import { isOld, type StagingPlace } from './stage-file.ts'

/** The diff of a version for a private bucket, where it waits for the version's publication. */
export interface StagedDiff {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
}

/**
 * Puts the diff of a version for a private bucket beside its staged bytes, in place of one that was
 * made of another version. Nothing but the bytes' own name refers to it.
 *
 * @param place of the bytes that it belongs to
 * @param sha256 of those bytes
 * @returns null where it is too long to be kept
 * @throws DM_STORE_…
 */
export async function stageDiff(
  staging: Store,
  text: Buffer,
  { key: staged, bucket, retentionMs }: StagingPlace,
  sha256: string,
  signal: AbortSignal,
): Promise<StagedDiff | null> {
  const key = stagedDiffKey(staged)
  if (key === undefined || text.length > MOST_STORED_BYTES) return null
  const own = createHash('sha256').update(text).digest('hex')
  const stamp = { sha256: own, bucket, content: sha256 }
  const { info, sentBytes } = await putAnew(staging, key, text, { stamp, signal })
  if (sentBytes === 0 && (await isOld(staging, info, retentionMs / 2, signal))) {
    await staging.freshen(key, { signal })
  }
  return { key, bytes: text.length, sentBytes }
}
