import { isDmError } from '../errors/dm-error.ts'
import { bufferSource } from './byte-source.ts'
import type { ObjectInfo, PutResult, RequestOptions, Stamp, Store } from './store.ts'

/**
 * Stores a small text in the place of whatever lies under the key: for what can be made again of
 * something else, never for a version's own bytes.
 *
 * @throws DM_STORE_…; DM_STORE_DENIED also where what lies there may not be removed
 */
export async function putAnew(
  store: Store,
  key: string,
  text: Buffer,
  { stamp, signal }: RequestOptions & { readonly stamp: Stamp },
): Promise<PutResult> {
  const put = (): Promise<PutResult> => store.put(key, bufferSource(key, text), { stamp, signal })
  const isSame = ({ repository, bucket, content }: ObjectInfo): boolean =>
    repository === store.repository &&
    bucket === (stamp.bucket ?? null) &&
    content === (stamp.content ?? null)
  try {
    const result = await put()
    if (isSame(result.info)) return result
  } catch (error) {
    if (!isDmError(error, 'DM_STORE_CONFLICT')) throw error
  }
  await store.remove(key, { signal })
  return put()
}
