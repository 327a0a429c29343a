import { DmError } from '../../errors/dm-error.ts'
import type { Store, WriteOptions } from '../store.ts'

/**
 * Looks at an object that was just written.
 *
 * @throws DM_STORE_MISMATCH where the object is not there as it was written
 */
export async function verifyLanded(
  store: Store,
  key: string,
  bytes: number,
  { stamp, signal }: WriteOptions,
): Promise<void> {
  const info = await store.head(key, { signal })
  const problem = findProblem()
  if (problem !== undefined) {
    throw new DmError('DM_STORE_MISMATCH', { location: store.location, key, problem })
  }

  function findProblem(): string | undefined {
    if (info === null) return 'it is not there'
    if (info.bytes !== bytes) return `it has ${info.bytes} instead of ${bytes} bytes`
    if (info.sha256 !== stamp.sha256) return `its stamp says SHA-256 ${info.sha256 ?? 'nothing'}`
    return undefined
  }
}
