import { isDmError } from '../errors/dm-error.ts'
import { bufferSource } from './byte-source.ts'
import type { ObjectInfo, PutResult, RequestOptions, Stamp, Store } from './store.ts'

/**
 * Stores a small text in the place of whatever lies under the key: for what can be made again of
 * something else, never for a version's own bytes.
 *
 * @throws DM_STORE_…; DM_STORE_DENIED also where what lies there may not be removed
 */
export function putAnew(
  store: Store,
  key: string,
  text: Buffer,
  { stamp, signal }: RequestOptions & { readonly stamp: Stamp },
): Promise<PutResult> {
  const write = (): Promise<PutResult> => store.put(key, bufferSource(key, text), { stamp, signal })
  return writeAnew(store, key, write, { stamp, signal })
}

/**
 * As `putAnew`, of what is written in any way.
 *
 * @param write stores it under the key with the stamp, in the place of nothing
 */
export async function writeAnew<Result extends { readonly info: ObjectInfo }>(
  store: Store,
  key: string,
  write: () => Promise<Result>,
  { stamp, signal }: RequestOptions & { readonly stamp: Stamp },
): Promise<Result> {
  const isSame = ({ repository, bucket, content }: ObjectInfo): boolean =>
    repository === store.repository &&
    bucket === (stamp.bucket ?? null) &&
    content === (stamp.content ?? null)
  try {
    const result = await write()
    if (isSame(result.info)) return result
  } catch (error) {
    if (!isDmError(error, 'DM_STORE_CONFLICT')) throw error
  }
  await store.remove(key, { signal })
  return write()
}
