import { DmError } from '../errors/dm-error.ts'
import { hashObject } from './hash-object.ts'
import type { ObjectInfo, Store, WriteOptions } from './store.ts'

/**
 * Whether the content that is to be written lies under the key already: its info, or null where
 * the key is free. An object without our stamp is hashed before it is trusted.
 *
 * @param bytes size of the content that is to be written
 * @throws DM_STORE_CONFLICT where the key holds other content
 */
export async function findStored(
  store: Store,
  key: string,
  bytes: number,
  { stamp, signal, onNotice }: WriteOptions,
): Promise<ObjectInfo | null> {
  const info = await store.head(key, { signal })
  if (info === null) return null
  if (info.bytes !== bytes) throw conflict(store, key, stamp.sha256, `${info.bytes} bytes`)
  const found = info.sha256 ?? (await hashUnknown(store, key, signal, onNotice))
  if (found !== stamp.sha256) throw conflict(store, key, stamp.sha256, `SHA-256 ${found}`)
  return info
}

async function hashUnknown(
  store: Store,
  key: string,
  signal: AbortSignal | undefined,
  onNotice: WriteOptions['onNotice'],
): Promise<string> {
  onNotice?.(`The object '${key}' in ${store.location} carries no hash of ours: reading it.`)
  const { sha256 } = await hashObject(store, key, { signal })
  return sha256
}

function conflict(store: Store, key: string, expected: string, found: string): DmError {
  return new DmError('DM_STORE_CONFLICT', { location: store.location, key, expected, found })
}
