import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { DmError } from '../../errors/dm-error.ts'
import type { ObjectInfo, RequestOptions } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import type { S3Context } from './context.ts'
import { isMissing, isMissingBucket, readFailure } from './failure.ts'
import type { ObjectHeaders } from './multipart-upload.ts'
import { attemptRequest, toStoreError } from './request.ts'
import { fromMetadata } from './stamp-metadata.ts'

/** What the server knows of an object. */
export interface ObjectHead extends ObjectInfo {
  /** Pins this content. */
  readonly etag: string | undefined
  /** What a copy onto itself has to set again. */
  readonly headers: ObjectHeaders
}

/** HEAD of an object; null where there is none, or no bucket: a HEAD cannot tell. */
export async function headObject(
  context: S3Context,
  key: string,
  { signal }: RequestOptions = {},
): Promise<ObjectHead | null> {
  verifyKey(key)
  const subject = { action: `read '${key}'`, key, signal }
  try {
    const output = await attemptRequest(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.HeadObjectCommand({ Bucket: context.name, Key: key }), options),
    )
    return toHead(key, output)
  } catch (error) {
    signal?.throwIfAborted()
    const failure = readFailure(error)
    if (isMissing(failure) || isMissingBucket(failure)) return null
    throw toStoreError(context, subject, error)
  }
}

/**
 * Throws where the bucket does not exist. A key that may not ask is no failure here.
 *
 * @throws DM_STORE_NO_BUCKET
 */
export async function verifyBucket(
  context: S3Context,
  { signal }: RequestOptions = {},
): Promise<void> {
  const subject = { action: 'look for the bucket', signal }
  try {
    await attemptRequest(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.HeadBucketCommand({ Bucket: context.name }), options),
    )
  } catch (error) {
    signal?.throwIfAborted()
    const failure = readFailure(error)
    if (!isMissing(failure) && !isMissingBucket(failure)) return
    const { bucket, location } = context
    throw new DmError('DM_STORE_NO_BUCKET', { bucket, location }, { cause: error })
  }
}

function toHead(key: string, output: HeadObjectCommandOutput): ObjectHead {
  return {
    key,
    bytes: output.ContentLength ?? 0,
    ...fromMetadata(output.Metadata),
    modified: output.LastModified ?? new Date(0),
    etag: output.ETag,
    headers: {
      Metadata: output.Metadata,
      CacheControl: output.CacheControl,
      ContentDisposition: output.ContentDisposition,
      ContentEncoding: output.ContentEncoding,
      ContentLanguage: output.ContentLanguage,
      ContentType: output.ContentType,
    },
  }
}

export function toInfo({ etag: _etag, headers: _headers, ...info }: ObjectHead): ObjectInfo {
  return info
}
