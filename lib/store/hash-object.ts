import { createHash } from 'node:crypto'
import { DmError } from '../errors/dm-error.ts'
import { readObject } from './read-object.ts'
import type { ReadableStore, RequestOptions } from './store.ts'

export interface HashObjectOptions extends RequestOptions {
  /** Called with the bytes hashed so far, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Reads a whole object and computes its SHA-256: what lies in the store, whatever its stamp says.
 *
 * @returns 64 lower-case hex digits, and the size in bytes
 * @throws DM_STORE_NOT_FOUND and the other failures of `readObject`
 */
export async function hashObject(
  store: ReadableStore,
  key: string,
  { signal, onProgress }: HashObjectOptions = {},
): Promise<{ sha256: string; bytes: number }> {
  const info = await store.head(key, { signal })
  if (info === null) throw new DmError('DM_STORE_NOT_FOUND', { location: store.location, key })
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of readObject(store, key, { signal, bytes: info.bytes })) {
    hash.update(chunk)
    done += chunk.length
    onProgress?.(done, info.bytes)
  }
  return { sha256: hash.digest('hex'), bytes: done }
}
