import { DmError, isDmError } from '../../errors/dm-error.ts'
import { findStored } from '../find-stored.ts'
import type { CopyOptions, CopyResult, ObjectInfo, RequestOptions, Store } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { copyInParts } from './copy-in-parts.ts'
import { toCopySource, type ServerCopy } from './copy-source.ts'
import { isConditionFailed, readFailure } from './failure.ts'
import { headObject, toInfo, verifyBucket, type ObjectHead } from './head.ts'
import { attemptRequest, toStoreError } from './request.ts'
import { fromMetadata, toMetadata } from './stamp-metadata.ts'

/** Copies an object inside the service unless its content is there already. */
export async function copyObject(
  context: S3Context,
  store: Store,
  from: { readonly context: S3Context; readonly key: string },
  key: string,
  options: CopyOptions,
): Promise<CopyResult> {
  verifyKey(key)
  const { stamp, signal, onProgress } = options
  const head = await headSource(from.context, from.key, options)
  const { bytes } = head
  const source = toInfo(head)
  options.verifySource?.(source)
  const copy: ServerCopy = {
    source: { path: toCopySource(from.context.name, from.key), bytes, etag: head.etag },
    key,
    headers: { Metadata: toMetadata(stamp, context.repository) },
    findTaken: () => findStored(store, key, bytes, options),
  }
  // Before it is copied as well: not every server knows a condition for the destination.
  const found = await copy.findTaken?.()
  const info = found ?? (await copyOnServer(context, copy, { signal, onProgress }))
  onProgress?.(bytes, bytes)
  return { info, source }
}

/** Copies an object onto itself: the date becomes that of now, all else stays. */
export async function freshenObject(
  context: S3Context,
  key: string,
  options: RequestOptions = {},
): Promise<ObjectInfo | null> {
  const head = await headObject(context, key, options)
  if (head === null) {
    await verifyBucket(context, options)
    return null
  }
  const { bytes, etag, headers } = head
  const source = { path: toCopySource(context.name, key), bytes, etag }
  try {
    return await copyOnServer(context, { source, key, headers, findTaken: null }, options)
  } catch (error) {
    if (isDmError(error, 'DM_STORE_NOT_FOUND')) return null
    throw error
  }
}

/** Copies, whatever the size; what is there then. */
async function copyOnServer(
  context: S3Context,
  copy: ServerCopy,
  options: Pick<CopyOptions, 'signal' | 'onProgress'>,
): Promise<ObjectInfo> {
  const { source, key, headers } = copy
  if (source.bytes <= context.copyLimitBytes) {
    const done = await copyInOne(context, copy, options)
    if (!(done instanceof Date)) return done
    return { key, bytes: source.bytes, ...fromMetadata(headers.Metadata), modified: done }
  }
  await copyInParts(context, copy, options)
  // The answer to a completion has no date.
  const head = await headObject(context, key, options)
  if (head !== null) return toInfo(head)
  throw new DmError('DM_STORE_NOT_FOUND', { location: context.location, key })
}

async function headSource(
  context: S3Context,
  key: string,
  { signal }: RequestOptions,
): Promise<ObjectHead> {
  const head = await headObject(context, key, { signal })
  if (head !== null) return head
  await verifyBucket(context, { signal })
  throw new DmError('DM_STORE_NOT_FOUND', { location: context.location, key })
}

/** The date of the copy, or what somebody else has stored there in the meantime. */
async function copyInOne(
  context: S3Context,
  { source, key, headers, findTaken }: ServerCopy,
  { signal }: RequestOptions,
): Promise<Date | ObjectInfo> {
  const input = {
    Bucket: context.name,
    Key: key,
    CopySource: source.path,
    CopySourceIfMatch: source.etag,
    MetadataDirective: 'REPLACE',
    ...(findTaken === null ? {} : { IfNoneMatch: '*' }),
    ...headers,
  } as const
  const subject = { action: `write '${key}'`, key, signal, kind: 'work' } as const
  try {
    const { CopyObjectResult: result } = await attemptRequest(
      context,
      subject,
      ({ sdk, client, options }) => client.send(new sdk.CopyObjectCommand(input), options),
    )
    return result?.LastModified ?? new Date()
  } catch (error) {
    signal?.throwIfAborted()
    // Taken by an attempt of ours whose answer was lost, or by somebody else.
    const taken = isConditionFailed(readFailure(error)) ? await findTaken?.() : null
    if (taken) return taken
    throw toStoreError(context, subject, error)
  }
}
