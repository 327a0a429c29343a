import { verifyUnchanged } from '../files/file-identity.ts'
import type { HashedFile } from '../files/hash-file.ts'
import { stagingKey } from '../manifest/staging-key.ts'
import type { Store } from '../store/store.ts'

/** What lies in staging; `sentBytes` is what this call has sent of it. */
export interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
}

/** Who is told how far it is; a step's context fits. */
export interface StagingContext {
  readonly signal: AbortSignal
  readonly report: (progress: { readonly done: number; readonly total: number }) => void
  readonly notice: (sentence: string) => void
}

/**
 * Puts a database into staging unless it is there; what is stored is what was hashed and inspected.
 *
 * @throws DM_FILE_CHANGED, DM_STORE_…
 */
export async function stageFile(
  staging: Store,
  { path, sha256, bytes, identity }: HashedFile,
  { signal, report, notice }: StagingContext,
): Promise<Staged> {
  const key = stagingKey(sha256)
  // Time has passed since it was hashed, and passes while it is sent.
  await verifyUnchanged(path, identity)
  const { sentBytes } = await staging.put(key, path, {
    stamp: { sha256 },
    signal,
    onProgress: (done, total) => report({ done, total }),
    onNotice: notice,
  })
  await verifyUnchanged(path, identity)
  return { key, bytes, sentBytes }
}

/** What `stageFile` would do: read-only. */
export async function planStaging(
  staging: Store,
  { sha256, bytes }: HashedFile,
  signal?: AbortSignal,
): Promise<Staged> {
  const key = stagingKey(sha256)
  const there = await staging.head(key, { signal })
  return { key, bytes, sentBytes: there === null ? bytes : 0 }
}
