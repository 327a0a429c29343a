import { createHash } from 'node:crypto'
import { isDmError } from '../errors/dm-error.ts'
import { verifyUnchanged } from '../files/file-identity.ts'
import type { StagedForm } from '../manifest/keys.ts'
import { readObject } from '../store/read-object.ts'
import type { ObjectInfo, PutResult, Store } from '../store/store.ts'
import { BrokenForm } from '../transfer/broken-form.ts'
import type { Packed } from '../transfer/pack/packed.ts'

/** What lies in staging; `sentBytes` is what this call has sent of it. */
export interface Staged {
  readonly key: string
  readonly bytes: number
  readonly sentBytes: number
  /** How it was sent. */
  readonly form: StagedForm['form']
}

/** Where in staging a database goes, and for how long it is safe there. */
export interface StagingPlace {
  /** From `stagingKey`, for the form that is staged. */
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
  packed: Packed,
  { key, bucket, retentionMs }: StagingPlace,
  { signal, report, notice }: StagingContext,
): Promise<Staged> {
  const { database, sha256, form } = packed
  // Nothing is sent for nothing: `put` looks again when all is read.
  await verifyUnchanged(database.path, database.identity)
  const stamp = { sha256, bucket, ...(form === 'whole' ? {} : { content: database.sha256 }) }
  const put = (): Promise<PutResult> =>
    staging.put(key, packed.content, {
      stamp,
      signal,
      onProgress: (done, total) => report({ done, total }),
      onNotice: notice,
    })
  const { info, sentBytes } = await put().catch(async (error: unknown) => {
    // The same database makes other bytes elsewhere: another zstd, another level.
    if (form === 'whole' || !isDmError(error, 'DM_STORE_CONFLICT')) throw error
    const found = await findEqual(staging, packed, key, signal)
    if (found !== null) return { info: found, sentBytes: 0 }
    notice(`What lay in ${staging.location} as '${key}' was not this database: it is replaced.`)
    await staging.remove(key, { signal })
    return put()
  })
  if (sentBytes === 0 && (await isOld(staging, info, retentionMs / 2, signal))) {
    await staging.freshen(key, { signal })
  }
  return { key, bytes: info.bytes, sentBytes, form }
}

/** What lies there, where it is the same database in other bytes; null: it is not. */
async function findEqual(
  staging: Store,
  { database: { sha256 }, decode }: Packed,
  key: string,
  signal: AbortSignal,
): Promise<ObjectInfo | null> {
  const info = await staging.head(key, { signal })
  if (info === null) return null
  const hash = createHash('sha256')
  try {
    const chunks = readObject(staging, key, { signal, bytes: info.bytes })
    for await (const chunk of decode(chunks, signal)) hash.update(chunk)
  } catch (error) {
    if (!(error instanceof BrokenForm)) throw error
    return null
  }
  return hash.digest('hex') === sha256 ? info : null
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

/** What `stageFile` would do, as far as that can be known without reading what is there. */
export async function planStaging(
  staging: Store,
  { bytes, form }: Pick<Packed, 'bytes' | 'form'>,
  key: string,
  signal?: AbortSignal,
): Promise<Staged> {
  const there = await staging.head(key, { signal })
  return { key, bytes: there?.bytes ?? bytes, sentBytes: there === null ? bytes : 0, form }
}
