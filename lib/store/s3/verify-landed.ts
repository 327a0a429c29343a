import { DmError } from '../../errors/dm-error.ts'
import type { ObjectInfo, Store, WriteOptions } from '../store.ts'

/**
 * Looks at an object that was just written: it is all the proof there is of an upload.
 *
 * @throws DM_STORE_MISMATCH where the object is not there as it was written
 */
export async function verifyLanded(
  store: Store,
  key: string,
  bytes: number,
  { stamp, signal }: WriteOptions,
): Promise<ObjectInfo> {
  const info = await store.head(key, { signal })
  if (info === null) throw mismatch('it is not there')
  if (info.bytes !== bytes) throw mismatch(`it has ${info.bytes} instead of ${bytes} bytes`)
  if (info.sha256 !== stamp.sha256) {
    throw mismatch(`its stamp says SHA-256 ${info.sha256 ?? 'nothing'}`)
  }
  return info

  function mismatch(problem: string): DmError {
    return new DmError('DM_STORE_MISMATCH', { location: store.location, key, problem })
  }
}
