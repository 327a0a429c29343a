import { DmError } from '../../errors/dm-error.ts'
import type { CopyOptions } from '../store.ts'
import type { S3Context } from './context.ts'
import type { CopySource, ServerCopy } from './copy-source.ts'
import { eachInParallel } from './each-in-parallel.ts'
import { isMissingUpload, isPassing, readFailure } from './failure.ts'
import {
  abortUpload,
  completeUpload,
  createUpload,
  type MultipartUpload,
} from './multipart-upload.ts'
import { planParts, type Part } from './plan-parts.ts'
import { request, toStoreError } from './request.ts'
import { createProgress } from './transfer-progress.ts'

/** A part that is copied inside the service costs no transfer: large ones mean few requests. */
const COPY_PART_BYTES = 512 * 1024 * 1024

/** Copies an object too large for one request, by ranges; leaves nothing behind where it fails. */
export async function copyInParts(
  context: S3Context,
  { source, key, headers, findTaken }: ServerCopy,
  { signal, onProgress }: Pick<CopyOptions, 'signal' | 'onProgress'>,
): Promise<void> {
  const upload = await createUpload(context, key, headers, signal)
  try {
    const plan = planParts(source.bytes, Math.min(COPY_PART_BYTES, context.copyLimitBytes))
    const progress = createProgress(source.bytes, onProgress)
    const etags = new Map<number, string>()
    await eachInParallel(plan, context.concurrency, signal, async (part, partSignal) => {
      etags.set(part.number, await copyPart(context, upload, source, part, partSignal))
      progress.add(part.bytes)
    })
    // Completing replaces what is there, and not every server knows a condition for it.
    if (!(await findTaken?.())) {
      await completeUpload(context, upload, etags, signal)
      return
    }
  } catch (error) {
    const failure = readFailure(error)
    const isPerhapsDone = isMissingUpload(failure) || isPassing(failure)
    if (isPerhapsDone && (await findTaken?.())) return
    await abortUpload(context, upload).catch(() => undefined)
    signal?.throwIfAborted()
    throw toStoreError(context, { action: `write '${key}'`, key }, error)
  }
  await abortUpload(context, upload)
}

/** Copies one range; its ETag. */
async function copyPart(
  context: S3Context,
  { key, uploadId }: MultipartUpload,
  source: CopySource,
  { number, start, bytes }: Part,
  signal: AbortSignal,
): Promise<string> {
  const input = {
    Bucket: context.name,
    Key: key,
    UploadId: uploadId,
    PartNumber: number,
    CopySource: source.path,
    CopySourceIfMatch: source.etag,
    CopySourceRange: `bytes=${start}-${start + bytes - 1}`,
  }
  const action = `write part ${number} of '${key}'`
  const subject = { action, key, signal, kind: 'work' } as const
  const { CopyPartResult: result } = await request(context, subject, ({ sdk, client, options }) =>
    client.send(new sdk.UploadPartCopyCommand(input), options),
  )
  if (result?.ETag !== undefined) return result.ETag
  const { location } = context
  throw new DmError('DM_STORE_FAILED', { location, action, reason: 'the server gave no ETag' })
}
