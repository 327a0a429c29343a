import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { isSha256 } from '../../files/hash-file.ts'
import type { Found } from '../engine.ts'
import type { ObjectInfo, RequestOptions, Stamp } from '../store.ts'
import type { S3Context } from './connection.ts'
import { isMissing, isMissingBucket, readFailure } from './failure.ts'
import { verifyGiven, type ObjectHeaders } from './multipart.ts'
import { attemptRequest, storeError } from './request.ts'

/** An object and what a copy onto itself has to set again. */
export interface ObjectHead extends Found {
  readonly headers: ObjectHeaders
}

/** HEAD of an object; null where there is none, or no bucket: a HEAD cannot tell. */
export async function headObject(
  context: S3Context,
  key: string,
  { signal }: RequestOptions,
): Promise<ObjectHead | null> {
  const subject = { action: `read '${key}'`, key, signal }
  try {
    const output = await attemptRequest(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.HeadObjectCommand({ Bucket: context.name, Key: key }), options),
    )
    const { ContentLength: size, LastModified: date } = output
    const bytes = verifyGiven(context, subject.action, 'size', size)
    const modified = verifyGiven(context, subject.action, 'date', date)
    return toHead({ key, bytes, ...fromMetadata(output.Metadata), modified }, output)
  } catch (error) {
    const failure = readFailure(error)
    if (isMissing(failure) || isMissingBucket(failure)) return null
    throw await storeError(context, subject, await explain(context, subject, error))
  }
}

/** The answer to a HEAD has no body: asks once more in a way that has one, for the server's reason. */
async function explain(
  context: S3Context,
  { key, signal, ...subject }: { action: string; key: string; signal: AbortSignal | undefined },
  error: unknown,
): Promise<unknown> {
  const { status } = readFailure(error)
  if (status === undefined || status >= 500 || status === 429) return error
  const input = { Bucket: context.name, Key: key, Range: 'bytes=0-0' }
  try {
    const { Body: body } = await attemptRequest(
      context,
      { ...subject, signal, attempts: 1 },
      ({ sdk, client, options }) => client.send(new sdk.GetObjectCommand(input), options),
    )
    if (body !== undefined && 'destroy' in body) body.destroy()
    return error
  } catch (explained) {
    const reason = readFailure(explained)
    return reason.status === undefined || isMissing(reason) ? error : explained
  }
}

function toHead(info: ObjectInfo, output: HeadObjectCommandOutput): ObjectHead {
  return {
    info,
    version: output.ETag,
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

/** The stamp as the user metadata of an object. */
export function toMetadata(
  { sha256, bucket, content }: Stamp,
  repository: string,
): Record<string, string> {
  return {
    sha256,
    repository,
    ...(bucket === undefined ? {} : { bucket }),
    ...(content === undefined ? {} : { content }),
  }
}

/** The stamp in an object's metadata; null for what is missing or no valid hash. */
function fromMetadata(
  metadata: Record<string, string> = {},
): Pick<ObjectInfo, 'sha256' | 'repository' | 'bucket' | 'content'> {
  const { sha256, repository = null, bucket = null, content } = metadata
  return {
    sha256: isSha256(sha256) ? sha256 : null,
    repository,
    bucket,
    content: isSha256(content) ? content : null,
  }
}
