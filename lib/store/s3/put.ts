import { openFile } from '../../files/file-identity.ts'
import { findStored } from '../find-stored.ts'
import type { PutResult, Store, WriteOptions } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { putInOne } from './put-in-one.ts'
import { putInParts } from './put-in-parts.ts'
import { verifyLanded } from './verify-landed.ts'

/** Uploads a local file unless its content is there already, and looks at what has landed. */
export async function putFile(
  context: S3Context,
  store: Store,
  key: string,
  path: string,
  options: WriteOptions,
): Promise<PutResult> {
  verifyKey(key)
  const { handle, identity } = await openFile(path)
  try {
    const bytes = identity.size
    const stored = await findStored(store, key, bytes, options)
    if (stored !== null) {
      options.onProgress?.(bytes, bytes)
      return { info: stored, sentBytes: 0 }
    }
    const file = { path, handle, identity }
    const send = bytes <= context.partBytes ? putInOne : putInParts
    const sentBytes = await send(context, store, key, file, options)
    return { info: await verifyLanded(store, key, bytes, options), sentBytes }
  } finally {
    await handle.close()
  }
}
