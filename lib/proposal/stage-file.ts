import { type FileIdentity, verifyUnchanged } from '../file-identity.ts'
import { stagingKey } from '../manifest/staging-key.ts'
import { verifyNoJournal } from '../sqlite/verify-no-journal.ts'
import type { Store, WriteOptions } from '../store/store.ts'

/** What lies in staging; `sentBytes` is what this call has sent of it. */
export interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
}

/** A local file as it was hashed and inspected. */
export interface FileToStage {
  /** Absolute path. */
  readonly file: string
  readonly identity: FileIdentity
}

/**
 * Puts a database into staging; what is stored is what was hashed and inspected.
 *
 * @throws DM_FILE_CHANGED, DM_DATABASE_JOURNAL, DM_STORE_…
 */
export async function stageFile(
  staging: Store,
  { file, identity }: FileToStage,
  options: WriteOptions,
): Promise<Staged> {
  const key = stagingKey(options.stamp.sha256)
  await verifyNoJournal(file)
  await verifyUnchanged(file, identity)
  const put = await staging.put(key, file, options)
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
