import { createHash } from 'node:crypto'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import type { ByteSource } from '../byte-source.ts'
import { Unsettled, type EngineWriteOptions } from '../engine.ts'
import type { S3Context } from './connection.ts'
import { isUnsupported, readFailure } from './failure.ts'
import {
  abortUpload,
  completeUpload,
  createUpload,
  verifyGiven,
  type MultipartUpload,
} from './multipart.ts'
import { createPartReader, type PartReader, type ReadPart } from './part-reader.ts'
import { eachInParallel } from '../each-in-parallel.ts'
import { request, requestWrite } from './request.ts'
import { findEarlier, type EarlierUpload } from './resume.ts'
import { toMetadata } from './head.ts'
import {
  countAttempt,
  createProgress,
  planParts,
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
  const { signal } = options
  const size = source.bytes
  const reader = createPartReader(source, context.buffers, signal)
  try {
    const whole = await reader.next({ number: 1, start: 0, bytes: size })
    try {
      await source.verifyUnchanged()
      await putWhole(context, key, source, whole, options)
    } finally {
      whole.release()
    }
  } finally {
    await reader.close()
  }
  return size
}

async function putWhole(
  context: S3Context,
  key: string,
  source: ByteSource,
  { bytes, md5 }: ReadPart,
  options: EngineWriteOptions,
): Promise<void> {
  const { stamp, signal, onProgress } = options
  const size = bytes.length
  const isWhatWasStamped = createHash('sha256').update(bytes).digest('hex') === stamp.sha256
  if (!isWhatWasStamped) throw new DmError('DM_FILE_CHANGED', { file: source.name })

  const progress = createProgress(size, onProgress)
  progress.add(0)
  const input = {
    Bucket: context.name,
    Key: key,
    ContentLength: size,
    ContentMD5: md5.toString('base64'),
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
 * Uploads many bytes in parts, continuing what an earlier run has left. The source is read once, in
 * order. When it is aborted or fails, the parts stay for the next run; of bytes that are found to be
 * wrong nothing stays.
 *
 * @throws DM_FILE_CHANGED where a file was written to in the meantime: no object is made of it
 */
async function putInParts(
  context: S3Context,
  key: string,
  source: ByteSource,
  options: EngineWriteOptions,
): Promise<number> {
  const { stamp, signal, findTaken } = options
  const plan = planParts(source.bytes, context.partBytes)
  const reader = createPartReader(source, context.buffers, signal)
  try {
    const earlier = await findEarlier(context, key, reader, plan, options)
    const headers = { Metadata: toMetadata(stamp, context.repository) }
    const begun = earlier?.upload ?? (await createUpload(context, key, headers, signal))
    const sending = sendParts(context, begun, reader, plan, earlier, options)
    const { etags, sentBytes } = await verifiedParts(context, begun, source, sending)
    await verifyStillFree(findTaken)
    await completeUpload(context, begun, etags, sentBytes, signal)
    return sentBytes
  } finally {
    await reader.close()
  }
}

/** What was sent, once the source stands by it; an upload of wrong bytes is given up. */
async function verifiedParts(
  context: S3Context,
  begun: MultipartUpload,
  source: ByteSource,
  sending: Promise<SentParts>,
): Promise<SentParts> {
  try {
    const sent = await sending
    await source.verifyUnchanged()
    return sent
  } catch (error) {
    // Sent again, such bytes would be no better; after any other failure the next run continues.
    const isWrong = isDmError(error) && error.exit === 3
    if (isWrong) await abortUpload(context, begun).catch(() => undefined)
    throw error
  }
}

interface SentParts {
  /** By part number, of all parts. */
  readonly etags: ReadonlyMap<number, string>
  readonly sentBytes: number
}

/** Sends the parts that are not there, several at once, each from memory of its own. */
async function sendParts(
  context: S3Context,
  begun: MultipartUpload,
  reader: PartReader,
  plan: readonly Part[],
  earlier: EarlierUpload | null,
  { signal, onProgress }: EngineWriteOptions,
): Promise<SentParts> {
  const total = plan.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = createProgress(total, onProgress)
  progress.add(0)
  const etags = new Map<number, string>()
  let sentBytes = 0
  await eachInParallel(plan, context.concurrency, signal, async (part, partSignal) => {
    try {
      const read = await reader.next(part)
      try {
        const there = earlier?.find(part, read.md5) ?? null
        etags.set(
          part.number,
          there ?? (await sendPart(context, begun, part, read, progress, partSignal)),
        )
        if (there === null) sentBytes += part.bytes
        else progress.add(part.bytes)
      } finally {
        read.release()
      }
    } catch (error) {
      reader.stop(error)
      throw error
    }
  })
  return { etags, sentBytes }
}

/** Sends one part, again where that may help; its ETag. */
async function sendPart(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  part: Part,
  { bytes, md5 }: ReadPart,
  progress: TransferProgress,
  signal: AbortSignal,
): Promise<string> {
  const input = {
    Bucket: context.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: part.number,
    ContentLength: part.bytes,
    ContentMD5: md5.toString('base64'),
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
