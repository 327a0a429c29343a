import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import { createStore } from '../create-store.ts'
import { isRangeAsked, notTheRange, readTotal } from '../range.ts'
import type {
  ListedObject,
  ObjectBody,
  OpenOptions,
  RequestOptions,
  Store,
  UnfinishedUpload,
} from '../store.ts'
import { isSafeKey, RESERVED_FOLDER } from '../verify-key.ts'
import { createContext, type S3Context, type S3Settings } from './connection.ts'
import { copyObject, freshenObject } from './copy.ts'
import { isDenied, readFailure } from './failure.ts'
import { headObject } from './head.ts'
import { abortUpload, createUpload, listUploads, verifyGiven } from './multipart.ts'
import { attemptRequest, request, storeError } from './request.ts'
import { upload } from './upload.ts'

/** A bucket of an S3 service. Loads the AWS SDK with the first request. */
export function createS3Store(settings: S3Settings): Store {
  const context = createContext(settings)
  const { location, service, name } = context
  return createStore(settings, {
    location,
    service,
    place: name,
    head: (key, options) => headObject(context, key, options),
    verifyBucket: (options) => verifyBucket(context, options),
    open: (key, options) => openObject(context, key, options),
    write: (key, source, options) => upload(context, key, source, options),
    copy: (from, source, key, options) => copyObject(context, from, source, key, options),
    remove: (key, options) => removeObject(context, key, options),
    async freshen(key, options) {
      const head = await headObject(context, key, options)
      return head === null ? null : freshenObject(context, head, options)
    },
    now: (options) => readClock(context, options),
    list: (prefix, options) => listObjects(context, prefix, options),
    tryWrite: (key, options) => tryWrite(context, key, options),
    uploads: {
      list: (prefix, options) => listUnfinished(context, prefix, options),
      begin: (key, options) => beginUpload(context, key, options),
      abort: (unfinished) => abortUnlessGone(context, unfinished),
    },
  })
}

/** No key begins with it. */
const EMPTY_PREFIX = `${RESERVED_FOLDER}/`

/** GET of an object or a range of it. */
async function openObject(
  context: S3Context,
  key: string,
  { start = 0, end, signal }: OpenOptions,
): Promise<ObjectBody> {
  const isRange = start > 0 || end !== undefined
  const input = {
    Bucket: context.name,
    Key: key,
    ...(isRange ? { Range: `bytes=${start}-${end ?? ''}` } : {}),
  }
  const subject = { action: `read '${key}'`, key, signal }
  const answer = await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.GetObjectCommand(input), options),
  )
  const {
    Body: body,
    ContentLength: length,
    ContentRange: range,
    ETag: version,
    $metadata,
  } = answer
  const { location } = context
  if (!(body instanceof Readable)) {
    const reason = 'no bytes came'
    throw new DmError('DM_STORE_FAILED', { location, action: subject.action, reason })
  }
  const status = $metadata.httpStatusCode
  const isAsked = isRange ? status === 206 && isRangeAsked(range, start, end) : status === 200
  if (isAsked) return Object.assign(body, { version, total: isRange ? readTotal(range) : length })
  body.destroy()
  throw notTheRange(location, key, status)
}

/** Throws where the bucket does not exist. A key that may not ask is no failure here. */
async function verifyBucket(context: S3Context, options: RequestOptions): Promise<void> {
  const subject = { action: 'list', ...options }
  try {
    await listNothing(context, subject)
  } catch (error) {
    if (!isDenied(readFailure(error))) throw await storeError(context, subject, error)
  }
}

/** The server's clock, from the header of an answer; its own where it sends none. */
async function readClock(context: S3Context, options: RequestOptions): Promise<Date> {
  const subject = { action: 'list', ...options }
  try {
    const time = Date.parse((await listNothing(context, subject)) ?? '')
    return Number.isNaN(time) ? new Date() : new Date(time)
  } catch (error) {
    throw await storeError(context, subject, error)
  }
}

/** Lists where no object can be: unlike that of a HEAD, the answer has a body. Its date. */
async function listNothing(
  context: S3Context,
  subject: RequestOptions & { readonly action: string },
): Promise<string | undefined> {
  let date: string | undefined
  await attemptRequest(context, subject, ({ sdk, client, options }) => {
    const command = new sdk.ListObjectsV2Command({ Bucket: context.name, Prefix: EMPTY_PREFIX })
    command.middlewareStack.add((next) => async (args) => {
      const result = await next(args)
      date = (result.response as { headers?: { date?: string } }).headers?.date
      return result
    })
    return client.send(command, options)
  })
  return date
}

async function removeObject(
  context: S3Context,
  key: string,
  { signal }: RequestOptions,
): Promise<void> {
  const subject = { action: `remove '${key}'`, key, signal }
  await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.DeleteObjectCommand({ Bucket: context.name, Key: key }), options),
  )
}

/** Lists by pages of up to 1000 objects, which come in the order of their keys' bytes. */
async function* listObjects(
  context: S3Context,
  prefix: string,
  { signal }: RequestOptions,
): AsyncGenerator<ListedObject, void, undefined> {
  let token: string | undefined
  for (;;) {
    const input = {
      Bucket: context.name,
      Prefix: prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    }
    const subject = { action: 'list', signal }
    const page = await request(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.ListObjectsV2Command(input), options),
    )
    for (const { Key: key, Size: bytes = 0, LastModified: modified } of page.Contents ?? []) {
      if (key !== undefined && isSafeKey(key)) {
        // One that seems old because its date is missing would be removed.
        yield { key, bytes, modified: verifyGiven(context, subject.action, 'date', modified) }
      }
    }
    if (page.IsTruncated !== true) return
    // A part must not pass for the whole, and a server may give the same page for ever.
    const next = page.NextContinuationToken
    token = verifyGiven(context, subject.action, 'next page', next === token ? undefined : next)
  }
}

async function* listUnfinished(
  context: S3Context,
  prefix: string,
  { signal }: RequestOptions,
): AsyncGenerator<UnfinishedUpload, void, undefined> {
  try {
    yield* listUploads(context, prefix, signal)
  } catch (error) {
    throw await storeError(context, { action: 'list unfinished uploads', signal }, error)
  }
}

async function abortUnlessGone(context: S3Context, unfinished: UnfinishedUpload): Promise<void> {
  try {
    await abortUpload(context, unfinished)
  } catch (error) {
    if (!isDmError(error, 'DM_STORE_NOT_FOUND')) throw error
  }
}

async function beginUpload(
  context: S3Context,
  key: string,
  { signal }: RequestOptions,
): Promise<UnfinishedUpload> {
  return { ...(await createUpload(context, key, {}, signal)), begun: null }
}

/**
 * Sends a byte with the MD5 of another: rights are looked at first, then the digest.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (BadDigest)
 */
async function tryWrite(
  context: S3Context,
  key: string,
  { signal }: RequestOptions,
): Promise<'refused' | 'written'> {
  const subject = { action: `write '${key}'`, key, signal, attempts: 1 }
  const wrong = createHash('md5').update('another').digest('base64')
  const input = { Bucket: context.name, Key: key, Body: 'x', ContentMD5: wrong }
  try {
    await attemptRequest(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.PutObjectCommand(input), options),
    )
  } catch (error) {
    if (readFailure(error).name !== 'BadDigest') throw await storeError(context, subject, error)
    return 'refused'
  }
  return 'written'
}
