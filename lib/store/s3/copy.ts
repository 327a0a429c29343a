import { DmError } from '../../errors/dm-error.ts'
import { findStored } from '../find-stored.ts'
import type { Store, WriteOptions } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { copyInParts } from './copy-in-parts.ts'
import { toCopySource, type CopySource } from './copy-source.ts'
import { isConditionFailed, readFailure } from './failure.ts'
import { headObject, verifyBucket, type ObjectHead } from './head.ts'
import { attemptRequest, toStoreError } from './request.ts'
import { toMetadata } from './stamp-metadata.ts'
import { verifyLanded } from './verify-landed.ts'

/** Copies an object inside the service unless its content is there already. */
export async function copyObject(
  context: S3Context,
  store: Store,
  from: { readonly context: S3Context; readonly key: string },
  key: string,
  options: WriteOptions,
): Promise<void> {
  verifyKey(key)
  const head = await headSource(from.context, from.key, options)
  const { bytes } = head
  if ((await findStored(store, key, bytes, options)) === null) {
    const source = { path: toCopySource(from.context.name, from.key), bytes, etag: head.etag }
    const copy = bytes <= context.copyLimitBytes ? copyInOne : copyInParts
    await copy(context, store, source, key, options)
    await verifyLanded(store, key, bytes, options)
  }
  options.onProgress?.(bytes, bytes)
}

async function headSource(
  context: S3Context,
  key: string,
  { signal }: WriteOptions,
): Promise<ObjectHead> {
  const head = await headObject(context, key, { signal })
  if (head !== null) return head
  await verifyBucket(context, { signal })
  throw new DmError('DM_STORE_NOT_FOUND', { location: context.location, key })
}

async function copyInOne(
  context: S3Context,
  store: Store,
  source: CopySource,
  key: string,
  options: WriteOptions,
): Promise<void> {
  const { stamp, signal } = options
  const input = {
    Bucket: context.name,
    Key: key,
    CopySource: source.path,
    CopySourceIfMatch: source.etag,
    MetadataDirective: 'REPLACE',
    Metadata: toMetadata(stamp),
  } as const
  const subject = { action: `write '${key}'`, key, signal, kind: 'work' } as const
  try {
    await attemptRequest(context, subject, ({ sdk, client, options: sendOptions }) =>
      client.send(new sdk.CopyObjectCommand(input), sendOptions),
    )
  } catch (error) {
    signal?.throwIfAborted()
    // Taken by an attempt of ours whose answer was lost, or by somebody else.
    const isTaken = isConditionFailed(readFailure(error))
    if (isTaken && (await findStored(store, key, source.bytes, options)) !== null) return
    throw toStoreError(context, subject, error)
  }
}
