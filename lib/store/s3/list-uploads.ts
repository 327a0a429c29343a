import type {
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3'
import type { S3Context } from './context.ts'
import type { MultipartUpload } from './multipart-upload.ts'
import { attemptRequest } from './request.ts'

/** A part that the server holds of an unfinished upload. */
export interface StoredPart {
  readonly bytes: number
  readonly etag: string
}

/** Where the next page of a list of uploads begins. */
type Marker = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>

/**
 * The unfinished uploads under exactly this key.
 *
 * @throws what the SDK throws
 */
export async function listUploads(
  context: S3Context,
  key: string,
  signal: AbortSignal | undefined,
): Promise<MultipartUpload[]> {
  const uploads: MultipartUpload[] = []
  let marker: Marker | undefined = {}
  while (marker !== undefined) {
    const input: ListMultipartUploadsCommandInput = { Bucket: context.name, Prefix: key, ...marker }
    const subject = { action: 'list unfinished uploads', signal }
    const page: ListMultipartUploadsCommandOutput = await attemptRequest(
      context,
      subject,
      ({ sdk, client, options }) =>
        client.send(new sdk.ListMultipartUploadsCommand(input), options),
    )
    for (const { Key, UploadId: uploadId } of page.Uploads ?? []) {
      if (Key === key && uploadId !== undefined) uploads.push({ key, uploadId })
    }
    marker =
      page.IsTruncated === true ? toMarker(page.NextKeyMarker, page.NextUploadIdMarker) : undefined
  }
  return uploads
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

function toMarker(key: string | undefined, uploadId: string | undefined): Marker | undefined {
  if (key === undefined) return undefined
  return { KeyMarker: key, ...(uploadId === undefined ? {} : { UploadIdMarker: uploadId }) }
}
