import type { CompletedPart, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3'
import { DmError } from '../../errors/dm-error.ts'
import type { S3Context } from './context.ts'
import { attemptRequest, request } from './request.ts'

/** A multipart upload that has been begun. */
export interface MultipartUpload {
  readonly key: string
  readonly uploadId: string
}

/** What an object will have beside its bytes; fixed when its upload begins. */
export type ObjectHeaders = Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>

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
  if (uploadId !== undefined) return { key, uploadId }
  const { location } = context
  const reason = 'the server gave no upload id'
  throw new DmError('DM_STORE_FAILED', { location, action: subject.action, reason })
}

/**
 * Makes the object out of its parts.
 *
 * @param etags by part number, from 1
 * @throws what the SDK throws
 */
export async function completeUpload(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  etags: ReadonlyMap<number, string>,
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
  await attemptRequest(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.CompleteMultipartUploadCommand(input), options),
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
