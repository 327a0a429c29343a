import { createHash } from 'node:crypto'
import { DmError } from '../../errors/dm-error.ts'
import type { ByteSource } from '../byte-source.ts'
import { Unsettled, type EngineWriteOptions } from '../engine.ts'
import type { S3Context } from './connection.ts'
import { isUnsupported, readFailure } from './failure.ts'
import { completeUpload, createUpload, verifyGiven, type MultipartUpload } from './multipart.ts'
import { eachInParallel } from '../each-in-parallel.ts'
import { request, requestWrite } from './request.ts'
import { findResumable } from './resume.ts'
import { toMetadata } from './head.ts'
import {
  countAttempt,
  createProgress,
  md5,
  planParts,
  readPart,
  streamBytes,
  type Part,
  type TransferProgress,
} from './transfer.ts'

/** How often bytes are sent at most. */
const ATTEMPTS = 5

/** Uploads the bytes, in parts where they are many; the bytes sent. */
export function upload(
  context: S3Context,
  key: string,
  source: ByteSource,
  options: EngineWriteOptions,
): Promise<number> {
  const send = source.bytes <= context.partBytes ? putInOne : putInParts
  return send(context, key, source, options)
}

/** Uploads a small file in one request, on condition that the key is free. */
async function putInOne(
  context: S3Context,
  key: string,
  source: ByteSource,
  options: EngineWriteOptions,
): Promise<number> {
  const { stamp, signal, onProgress } = options
  const size = source.bytes
  const buffer = Buffer.allocUnsafeSlow(size)
  const bytes = await readPart(source, buffer, { start: 0, bytes: size }, signal)
  await source.verifyUnchanged()
  const isWhatWasStamped = createHash('sha256').update(bytes).digest('hex') === stamp.sha256
  if (!isWhatWasStamped) throw new DmError('DM_FILE_CHANGED', { file: source.name })

  const progress = createProgress(size, onProgress)
  progress.add(0)
  const input = {
    Bucket: context.name,
    Key: key,
    ContentLength: size,
    ContentMD5: md5(bytes).toString('base64'),
    Metadata: toMetadata(stamp, context.repository),
  }
  const action = `write '${key}'`
  const subject = { action, key, signal, attempts: ATTEMPTS, kind: 'transfer' } as const
  await onlyIfFree(context, options, (condition) =>
    requestWrite(
      context,
      subject,
      ({ sdk, client, options: sendOptions }) =>
        countAttempt(progress, (counting) => {
          const Body = streamBytes(bytes, counting)
          const command = new sdk.PutObjectCommand({ ...input, ...condition, Body })
          return client.send(command, sendOptions)
        }),
      size,
    ),
  )
  return size
}

/**
 * Makes a request that writes on condition that the key is free. Where the server does not know
 * conditions, the key is looked at once more before.
 */
export async function onlyIfFree<Result>(
  context: S3Context,
  { findTaken }: Pick<EngineWriteOptions, 'findTaken'>,
  write: (condition: { IfNoneMatch?: '*' }) => Promise<Result>,
): Promise<Result> {
  if (context.knowsConditions) {
    try {
      return await write({ IfNoneMatch: '*' })
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (!isUnsupported(readFailure(cause))) throw error
      context.knowsConditions = false
    }
  }
  await verifyStillFree(findTaken)
  return write({})
}

/** Throws where an object has come to lie there: not every server knows a condition for it. */
export async function verifyStillFree(findTaken: EngineWriteOptions['findTaken']): Promise<void> {
  const taken = await findTaken()
  if (taken !== null) throw new Unsettled({ taken })
}

/**
 * Uploads a large file in parts, continuing what an earlier run has left. When it is aborted or
 * fails, the parts stay for the next run.
 *
 * @throws DM_FILE_CHANGED where the file was written to in the meantime: no object is made of it
 */
async function putInParts(
  context: S3Context,
  key: string,
  source: ByteSource,
  options: EngineWriteOptions,
): Promise<number> {
  const { stamp, signal, onProgress, findTaken } = options
  const plan = planParts(source.bytes, context.partBytes)
  const earlier = await findResumable(context, key, source, plan, options)
  const headers = { Metadata: toMetadata(stamp, context.repository) }
  const begun = earlier?.upload ?? (await createUpload(context, key, headers, signal))
  const etags = new Map(earlier?.etags)
  const missing = plan.filter(({ number }) => !etags.has(number))
  const sentBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0)

  const progress = createProgress(source.bytes, onProgress)
  progress.add(source.bytes - sentBytes)
  const sent = await sendParts(context, begun, source, missing, progress, signal)
  for (const [number, etag] of sent) etags.set(number, etag)
  await source.verifyUnchanged()
  await verifyStillFree(findTaken)
  await completeUpload(context, begun, etags, sentBytes, signal)
  return sentBytes
}

/**
 * Sends parts in parallel, each read once into the buffer of its lane: memory is bounded by
 * `concurrency` times the size of a part.
 *
 * @returns ETags by part number
 */
async function sendParts(
  context: S3Context,
  begun: MultipartUpload,
  source: ByteSource,
  parts: readonly Part[],
  progress: TransferProgress,
  signal: AbortSignal | undefined,
): Promise<Map<number, string>> {
  const etags = new Map<number, string>()
  const largest = Math.max(0, ...parts.map(({ bytes }) => bytes))
  const buffers: Buffer[] = []
  await eachInParallel(parts, context.concurrency, signal, async (part, partSignal, lane) => {
    const buffer = (buffers[lane] ??= Buffer.allocUnsafeSlow(largest))
    const bytes = await readPart(source, buffer, part, partSignal)
    etags.set(part.number, await sendPart(context, begun, part, bytes, progress, partSignal))
  })
  return etags
}

/** Sends one part, again where that may help; its ETag. */
async function sendPart(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  part: Part,
  bytes: Buffer,
  progress: TransferProgress,
  signal: AbortSignal,
): Promise<string> {
  const input = {
    Bucket: context.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: part.number,
    ContentLength: part.bytes,
    ContentMD5: md5(bytes).toString('base64'),
  }
  const action = `write part ${part.number} of '${key}'`
  const subject = { action, key, signal, attempts: ATTEMPTS, kind: 'transfer' } as const
  const { ETag: etag } = await request(context, subject, ({ sdk, client, options }) =>
    countAttempt(progress, (counting) => {
      const Body = streamBytes(bytes, counting)
      return client.send(new sdk.UploadPartCommand({ ...input, Body }), options)
    }),
  )
  return verifyGiven(context, action, 'ETag', etag)
}
