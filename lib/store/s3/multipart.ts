import type {
  CompletedPart,
  CreateMultipartUploadCommandInput,
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3'
import { DmError } from '../../errors/dm-error.ts'
import type { UnfinishedUpload } from '../store.ts'
import type { S3Context } from './connection.ts'
import { attemptRequest, request, requestWrite } from './request.ts'

/** What an object will have beside its bytes; fixed when its upload begins. */
export type ObjectHeaders = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>

/** A multipart upload that has been begun. */
export type MultipartUpload = Pick<UnfinishedUpload, 'key' | 'uploadId'>

/** A part that the server holds of an unfinished upload. */
export interface StoredPart {
  readonly bytes: number
  readonly etag: string
}

/** Where the next page of a list of uploads begins. */
type Marker = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>

/** Begins a multipart upload. */
export async function createUpload(
  context: S3Context,
  key: string,
  headers: ObjectHeaders,
  signal: AbortSignal | undefined,
): Promise<MultipartUpload> {
  const input = { Bucket: context.name, Key: key, ...headers }
  const subject = { action: `write '${key}'`, key, signal }
  const { UploadId: uploadId } = await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.CreateMultipartUploadCommand(input), options),
  )
  return { key, uploadId: verifyGiven(context, subject.action, 'upload id', uploadId) }
}

/** What an answer must have. */
export function verifyGiven<Value>(
  { location }: S3Context,
  action: string,
  what: string,
  value: Value | undefined,
): Value {
  if (value !== undefined) return value
  throw new DmError('DM_STORE_FAILED', { location, action, reason: `the server gave no ${what}` })
}

/**
 * Makes the object out of its parts.
 *
 * @param etags by part number, from 1
 * @throws Unsettled where it may be there all the same
 */
export async function completeUpload(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  etags: ReadonlyMap<number, string>,
  sentBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parts: CompletedPart[] = [...etags]
    .toSorted(([a], [b]) => a - b)
    .map(([PartNumber, ETag]) => ({ PartNumber, ETag }))
  const input = {
    Bucket: context.name,
    Key: key,
    UploadId: uploadId,
    MultipartUpload: { Parts: parts },
  }
  const subject = { action: `write '${key}'`, key, signal, kind: 'work' } as const
  await requestWrite(
    context,
    subject,
    ({ sdk, client, options }) =>
      client.send(new sdk.CompleteMultipartUploadCommand(input), options),
    sentBytes,
  )
}

/** Gives up a multipart upload and its parts. Not abortable: it runs when something has failed. */
export async function abortUpload(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
): Promise<void> {
  const input = { Bucket: context.name, Key: key, UploadId: uploadId }
  const subject = { action: `clean up after '${key}'`, key, attempts: 1 }
  await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.AbortMultipartUploadCommand(input), options),
  )
}

/**
 * The unfinished uploads whose keys begin so.
 *
 * @throws what the SDK throws
 */
export async function* listUploads(
  context: S3Context,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<UnfinishedUpload, void, undefined> {
  let marker: Marker | undefined = {}
  while (marker !== undefined) {
    const input: ListMultipartUploadsCommandInput = {
      Bucket: context.name,
      Prefix: prefix,
      ...marker,
    }
    const subject = { action: 'list unfinished uploads', signal }
    const page: ListMultipartUploadsCommandOutput = await attemptRequest(
      context,
      subject,
      ({ sdk, client, options }) =>
        client.send(new sdk.ListMultipartUploadsCommand(input), options),
    )
    for (const { Key: key, UploadId: uploadId, Initiated: begun } of page.Uploads ?? []) {
      if (key === undefined || uploadId === undefined) continue
      yield { key, uploadId, begun: begun ?? null }
    }
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page
    const hasNext = page.IsTruncated === true && KeyMarker !== undefined
    marker = hasNext
      ? { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) }
      : undefined
  }
}

/**
 * What the server holds of an upload, by part number.
 *
 * @throws what the SDK throws
 */
export async function listParts(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  signal: AbortSignal | undefined,
): Promise<Map<number, StoredPart>> {
  const parts = new Map<number, StoredPart>()
  let marker: string | undefined
  do {
    const input = {
      Bucket: context.name,
      Key: key,
      UploadId: uploadId,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    }
    const subject = { action: 'list the parts of an unfinished upload', signal }
    const page = await attemptRequest(context, subject, ({ sdk, client, options }) =>
      client.send(new sdk.ListPartsCommand(input), options),
    )
    for (const { PartNumber: number, Size: bytes, ETag: etag } of page.Parts ?? []) {
      if (number !== undefined && bytes !== undefined && etag !== undefined) {
        parts.set(number, { bytes, etag })
      }
    }
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined
  } while (marker !== undefined)
  return parts
}
