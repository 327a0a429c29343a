import type { EngineWriteOptions, Found } from '../engine.ts'
import type { ObjectInfo, RequestOptions } from '../store.ts'
import type { S3Context } from './connection.ts'
import { isMissing, readFailure } from './failure.ts'
import { headObject, toMetadata, type ObjectHead } from './head.ts'
import {
  abortUpload,
  completeUpload,
  createUpload,
  verifyGiven,
  type MultipartUpload,
  type ObjectHeaders,
} from './multipart.ts'
import { request, requestWrite } from './request.ts'
import { createProgress, planParts, type Part } from './transfer.ts'
import { eachInParallel } from '../each-in-parallel.ts'
import { onlyIfFree, verifyStillFree } from './upload.ts'

/** A part that is copied inside the service costs no transfer: large ones mean few requests. */
const COPY_PART_BYTES = 512 * 1024 * 1024

/** A copy that the server is to make. */
interface ServerCopy {
  /** `bucket/key`, encoded for the header. */
  readonly source: string
  readonly bytes: number
  /** Pins the content that was looked at. */
  readonly etag: string | undefined
  readonly key: string
  /** What the object will have beside its bytes. */
  readonly headers: ObjectHeaders
  /** null: what lies under the key is the source itself. */
  readonly findTaken: EngineWriteOptions['findTaken'] | null
}

/** Copies an object from a bucket of the same service; its date, where the server tells it. */
export function copyObject(
  context: S3Context,
  from: string,
  { info, version }: Found,
  key: string,
  options: EngineWriteOptions,
): Promise<Date | null> {
  const headers = { Metadata: toMetadata(options.stamp, context.repository) }
  const { findTaken } = options
  const source = toCopySource(from, info.key)
  const copy = { source, bytes: info.bytes, etag: version, key, headers, findTaken }
  return copyOnServer(context, copy, options)
}

/** Copies an object onto itself: the date becomes that of now, all else stays. */
export async function freshenObject(
  context: S3Context,
  { info, version, headers }: ObjectHead,
  options: RequestOptions,
): Promise<ObjectInfo | null> {
  const { key, bytes } = info
  const source = toCopySource(context.name, key)
  const copy = { source, bytes, etag: version, key, headers, findTaken: null }
  try {
    const modified = await copyOnServer(context, copy, options)
    if (modified !== null) return { ...info, modified }
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (isMissing(readFailure(cause))) return null
    throw error
  }
  return (await headObject(context, key, options))?.info ?? null
}

function copyOnServer(
  context: S3Context,
  copy: ServerCopy,
  options: Pick<EngineWriteOptions, 'signal' | 'onProgress'>,
): Promise<Date | null> {
  const send = copy.bytes <= context.copyLimitBytes ? copyInOne : copyInParts
  return send(context, copy, options)
}

async function copyInOne(
  context: S3Context,
  { source, etag, key, headers, findTaken }: ServerCopy,
  { signal }: RequestOptions,
): Promise<Date | null> {
  const input = {
    Bucket: context.name,
    Key: key,
    CopySource: source,
    CopySourceIfMatch: etag,
    MetadataDirective: 'REPLACE',
    ...headers,
  } as const
  const subject = { action: `write '${key}'`, key, signal, kind: 'work' } as const
  const write = (condition: { IfNoneMatch?: '*' }) =>
    requestWrite(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.CopyObjectCommand({ ...input, ...condition }), options),
    )
  const { CopyObjectResult: result } = await (findTaken === null
    ? write({})
    : onlyIfFree(context, { findTaken }, write))
  return result?.LastModified ?? null
}

/** Copies an object too large for one request, by ranges; leaves nothing behind where it fails. */
async function copyInParts(
  context: S3Context,
  copy: ServerCopy,
  { signal, onProgress }: Pick<EngineWriteOptions, 'signal' | 'onProgress'>,
): Promise<null> {
  const { bytes, key, headers, findTaken } = copy
  const begun = await createUpload(context, key, headers, signal)
  try {
    const plan = planParts(bytes, Math.min(COPY_PART_BYTES, context.copyLimitBytes))
    const progress = createProgress(bytes, onProgress)
    const etags = new Map<number, string>()
    await eachInParallel(plan, context.concurrency, signal, async (part, partSignal) => {
      etags.set(part.number, await copyPart(context, begun, copy, part, partSignal))
      progress.add(part.bytes)
    })
    if (findTaken !== null) await verifyStillFree(findTaken)
    await completeUpload(context, begun, etags, 0, signal)
  } catch (error) {
    await abortUpload(context, begun).catch(() => undefined)
    throw error
  }
  return null
}

/** Copies one range; its ETag. */
async function copyPart(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  { source, etag }: ServerCopy,
  { number, start, bytes }: Part,
  signal: AbortSignal,
): Promise<string> {
  const input = {
    Bucket: context.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: number,
    CopySource: source,
    CopySourceIfMatch: etag,
    CopySourceRange: `bytes=${start}-${start + bytes - 1}`,
  }
  const action = `write part ${number} of '${key}'`
  const subject = { action, key, signal, kind: 'work' } as const
  const { CopyPartResult: result } = await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.UploadPartCopyCommand(input), options),
  )
  return verifyGiven(context, action, 'ETag', result?.ETag)
}

/** A bucket and key for the header `x-amz-copy-source`, which is decoded as a URL. */
function toCopySource(bucket: string, key: string): string {
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
}
