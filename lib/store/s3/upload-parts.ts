import { DmError } from '../../errors/dm-error.ts'
import type { S3Context } from './context.ts'
import { eachInParallel } from './each-in-parallel.ts'
import type { LocalFile } from './local-file.ts'
import type { MultipartUpload } from './multipart-upload.ts'
import { countAttempt, streamBytes } from './part-body.ts'
import type { Part } from './plan-parts.ts'
import { md5, readPart } from './read-part.ts'
import { request } from './request.ts'
import type { TransferProgress } from './transfer-progress.ts'

/** How often a part is sent at most. */
const ATTEMPTS = 5

/**
 * Sends parts in parallel, each read once into the buffer of its lane: memory is bounded by
 * `concurrency` times the size of a part.
 *
 * @returns ETags by part number
 */
export async function uploadParts(
  context: S3Context,
  upload: MultipartUpload,
  file: LocalFile,
  parts: readonly Part[],
  progress: TransferProgress,
  signal: AbortSignal | undefined,
): Promise<Map<number, string>> {
  const etags = new Map<number, string>()
  const largest = Math.max(0, ...parts.map(({ bytes }) => bytes))
  const buffers: Buffer[] = []
  await eachInParallel(parts, context.concurrency, signal, async (part, partSignal, lane) => {
    const buffer = (buffers[lane] ??= Buffer.allocUnsafeSlow(largest))
    const bytes = await readPart(file.handle, file.path, buffer, part)
    etags.set(part.number, await uploadPart(context, upload, part, bytes, progress, partSignal))
  })
  return etags
}

/** Sends one part, again where that may help; its ETag. */
async function uploadPart(
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
    countAttempt(progress, (counting) =>
      client.send(
        new sdk.UploadPartCommand({ ...input, Body: streamBytes(bytes, counting) }),
        options,
      ),
    ),
  )
  if (etag !== undefined) return etag
  const { location } = context
  throw new DmError('DM_STORE_FAILED', { location, action, reason: 'the server gave no ETag' })
}
