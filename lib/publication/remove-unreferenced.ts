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
}

/**
 * Removes the candidates that nothing refers to; the commit that says so must have been pushed.
 *
 * @returns what was removed
 */
export async function removeUnreferenced(
  candidates: readonly Candidate[],
  { references, staging, open, repository, signal }: RemovalOptions,
): Promise<Candidate[]> {
  const removed: Candidate[] = []
  for (const { bucket, key } of candidates) {
    const isUsed =
      bucket === staging
        ? references.isStagingKeyUsed(key)
        : references.isObjectKeyUsed(bucket, key)
    if (isUsed) continue
    const store = open(bucket)
    const info = await store.head(key, { signal })
    if (info === null || info.repository !== repository) continue
    if (await store.remove(key, { signal })) removed.push({ bucket, key })
  }
  return removed
}
