import { type FileIdentity, verifyUnchanged } from '../files/file-identity.ts'
import { stagingKey } from '../manifest/staging-key.ts'
import { verifyNoJournal } from '../sqlite/verify-no-journal.ts'
import type { Stamp, Store } from '../store/store.ts'

/** What lies in staging; `sentBytes` is what this call has sent of it. */
export interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
}

/** A local file as it was hashed and inspected, and who stages it. */
export interface FileToStage {
  /** Absolute path. */
  readonly file: string
  readonly identity: FileIdentity
  readonly stamp: Stamp
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
 * @throws DM_FILE_CHANGED, DM_DATABASE_JOURNAL, DM_STORE_…
 */
export async function stageFile(
  staging: Store,
  { file, identity, stamp }: FileToStage,
  { signal, report, notice }: StagingContext,
): Promise<Staged> {
  const key = stagingKey(stamp.sha256)
  await verifyNoJournal(file)
  await verifyUnchanged(file, identity)
  const put = await staging.put(key, file, {
    stamp,
    signal,
    onProgress: (done, total) => report({ done, total }),
    onNotice: notice,
  })
  await verifyUnchanged(file, identity)
  return { key, ...put }
}

/** What `stageFile` would do: read-only. */
export async function planStaging(
  staging: Store,
  sha256: string,
  bytes: number,
  signal?: AbortSignal,
): Promise<Staged> {
  const key = stagingKey(sha256)
  const there = await staging.head(key, { signal })
  return { key, bytes, sentBytes: there === null ? bytes : 0 }
}
