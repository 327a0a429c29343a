import { createHash } from 'node:crypto'
import type { Retired } from '../base/read-retired.ts'
import { DmError } from '../errors/dm-error.ts'
import { findDeltaBase } from '../manifest/delta-base.ts'
import { companionKey } from '../manifest/keys.ts'
import type { DatasetEntry } from '../manifest/types.ts'
import type { RequestOptions, Store } from '../store/store.ts'
import { readCompressed, readDelta, type StoredObject } from '../transfer/read-form.ts'

export interface ProveOptions extends RequestOptions {
  readonly retired: Retired
  /** Whether the object under a key of the bucket is known to have other bytes than it should. */
  readonly isDamaged: (key: string) => boolean
}

/** What lies beside a database and stands for its bytes, or should. */
export interface Companion {
  readonly form: 'compressed' | 'delta'
  readonly key: string
  /** The database, as this says. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Buffer>
}

/**
 * What the entry of a published version says that lies beside its database. Left out is what is not there,
 * and a delta whose base is not there or damaged: nobody can use it.
 *
 * @param bytes the size of the database
 * @throws DM_STORE_…
 */
export async function findProvable(
  { dataset, entry }: DatasetEntry,
  store: Store,
  bytes: number,
  { retired, isDamaged, signal }: ProveOptions,
): Promise<Companion[]> {
  const { r2_object_key: key, sha256, compressedBytes, delta } = entry
  const find = async (place: string): Promise<StoredObject | null> => {
    const info = await store.head(place, { signal })
    return info && { store, key: place, bytes: info.bytes }
  }
  const companions: Companion[] = []
  if (compressedBytes !== undefined) {
    const zst = await find(companionKey(key, { kind: 'zst' }))
    if (zst !== null) {
      const open: Companion['open'] = (reading) => readCompressed(zst, bytes, { signal: reading })
      companions.push({ form: 'compressed', key: zst.key, open })
    }
  }
  if (delta === undefined) return companions
  const baseKey = findDeltaBase(dataset, { key, base: delta.from }, retired.list)
  const object = await find(companionKey(key, { kind: 'delta', base: delta.from }))
  const base = baseKey === undefined || isDamaged(baseKey) ? null : await find(baseKey)
  if (object === null || base === null) return companions
  const open: Companion['open'] = (reading) => {
    const from = { ...base, sha256: delta.from }
    return readDelta(object, from, { sha256, bytes }, { signal: reading })
  }
  return [...companions, { form: 'delta', key: object.key, open }]
}

/**
 * Reads what lies beside a database to its end.
 *
 * @param sha256 of the database
 * @throws DM_FORM_BROKEN also where it stands for other bytes; as `readObject`
 */
export async function proveCompanion(
  { form, key, open }: Companion,
  sha256: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of open(signal)) {
    hash.update(chunk)
    onBytes(chunk.length)
  }
  const found = hash.digest('hex')
  if (found === sha256) return
  const problem = `it stands for bytes with the SHA-256 ${found}, not ${sha256}`
  throw new DmError('DM_FORM_BROKEN', { form, key, problem })
}
