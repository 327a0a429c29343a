import { type DmError, isDmError } from '../errors/dm-error.ts'
import type { Store } from '../store/store.ts'
import type { References } from './find-references.ts'

/** An object that may no longer be needed. */
export interface Candidate {
  /** Logical name of its bucket. */
  readonly bucket: string
  readonly key: string
}

export interface RemovalOptions {
  readonly references: References
  /** Logical name of the staging bucket. */
  readonly staging: string
  readonly open: (bucket: string) => Store
  /** `owner/name`: only objects that carry this stamp are removed. */
  readonly repository: string
  readonly signal?: AbortSignal | undefined
  /** Called with why an object could not be removed; the others go on. */
  readonly onFailure: (candidate: Candidate, error: DmError) => void
}

/**
 * Removes the candidates that nothing refers to; the commit that says so must have been pushed.
 *
 * @returns what was removed
 */
export async function removeUnreferenced(
  candidates: readonly Candidate[],
  options: RemovalOptions,
): Promise<Candidate[]> {
  const removed: Candidate[] = []
  for (const candidate of candidates) {
    options.signal?.throwIfAborted()
    try {
      if (await removeOne(candidate, options)) removed.push(candidate)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!isDmError(error)) throw error
      options.onFailure(candidate, error)
    }
  }
  return removed
}

async function removeOne(
  { bucket, key }: Candidate,
  { references, staging, open, repository, signal }: RemovalOptions,
): Promise<boolean> {
  const isUsed =
    bucket === staging ? references.isStagingKeyUsed(key) : references.isObjectKeyUsed(bucket, key)
  if (isUsed) return false
  const store = open(bucket)
  const info = await store.head(key, { signal })
  if (info === null || info.repository !== repository) return false
  return (await store.remove(key, { signal })) !== null
}
