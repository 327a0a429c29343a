import { verifyUnchanged } from '../files/file-identity.ts'
import type { HashedFile } from '../files/hash-file.ts'
import type { ObjectInfo, Store } from '../store/store.ts'

/** What lies in staging; `sentBytes` is what this call has sent of it. */
export interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
  /** How it was sent. */
  readonly form: 'whole'
}

/** Where in staging a database goes, and for how long it is safe there. */
export interface StagingPlace {
  /** From `stagingKey`. */
  readonly key: string
  /** Logical name of the bucket that the bytes are for. */
  readonly bucket: string
  /** How long what nothing refers to is kept there, in milliseconds. */
  readonly retentionMs: number
}

/** Who is told how far it is; a step's context fits. */
export interface StagingContext {
  readonly signal: AbortSignal
  readonly report: (progress: { readonly done: number; readonly total: number }) => void
  readonly notice: (sentence: string) => void
}

/**
 * Puts a database into staging unless it is there; what is stored is what was hashed and inspected.
 * Bytes that are there since long get a new date: nothing refers to them until the proposal is
 * pushed.
 *
 * @throws DM_FILE_CHANGED, DM_STORE_…
 */
export async function stageFile(
  staging: Store,
  database: HashedFile,
  { key, bucket, retentionMs }: StagingPlace,
  { signal, report, notice }: StagingContext,
): Promise<Staged> {
  // Nothing is sent for nothing: `put` looks again when all is read.
  await verifyUnchanged(database.path, database.identity)
  const { info, sentBytes } = await staging.put(key, database, {
    stamp: { sha256: database.sha256, bucket },
    signal,
    onProgress: (done, total) => report({ done, total }),
    onNotice: notice,
  })
  if (sentBytes === 0 && (await isOld(staging, info, retentionMs / 2, signal))) {
    await staging.freshen(key, { signal })
  }
  return { key, bytes: info.bytes, sentBytes, form: 'whole' }
}

/** Whether an object is older than so many milliseconds, by the clock of its store. */
export async function isOld(
  staging: Store,
  { modified }: ObjectInfo,
  ageMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  // This machine's clock is asked first: it costs nothing, and is not off by days.
  if (Date.now() - modified.getTime() < ageMs / 2) return false
  return (await staging.now({ signal })).getTime() - modified.getTime() > ageMs
}

/** What `stageFile` would do: read-only. */
export async function planStaging(
  staging: Store,
  { bytes }: Pick<HashedFile, 'bytes'>,
  key: string,
  signal?: AbortSignal,
): Promise<Staged> {
  const there = await staging.head(key, { signal })
  return { key, bytes, sentBytes: there === null ? bytes : 0, form: 'whole' }
}
