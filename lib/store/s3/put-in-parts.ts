import { verifyUnchanged } from '../../files/file-identity.ts'
import { findStored } from '../find-stored.ts'
import type { Store, WriteOptions } from '../store.ts'
import type { S3Context } from './context.ts'
import { isConditionFailed, isMissingUpload, isPassing, readFailure } from './failure.ts'
import { findResumable } from './find-resumable.ts'
import type { LocalFile } from './local-file.ts'
import { completeUpload, createUpload, type MultipartUpload } from './multipart-upload.ts'
import { planParts } from './plan-parts.ts'
import { toStoreError } from './request.ts'
import { toMetadata } from './stamp-metadata.ts'
import { createProgress } from './transfer-progress.ts'
import { uploadParts } from './upload-parts.ts'

/**
 * Uploads a large file in parts, continuing what an earlier run has left. When it is aborted or
 * fails, the parts stay for the next run.
 *
 * @returns the bytes sent by this call
 * @throws DM_FILE_CHANGED where the file was written to in the meantime: no object is made of it
 */
export async function putInParts(
  context: S3Context,
  store: Store,
  key: string,
  file: LocalFile,
  options: WriteOptions,
): Promise<number> {
  const { stamp, signal, onProgress } = options
  const total = file.identity.size
  const plan = planParts(total, context.partBytes)
  const earlier = await findResumable(context, key, file, plan, options)
  const upload =
    earlier?.upload ??
    (await createUpload(context, key, { Metadata: toMetadata(stamp, context.repository) }, signal))
  const etags = new Map(earlier?.etags)
  const missing = plan.filter(({ number }) => !etags.has(number))
  const sentBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0)

  const progress = createProgress(total, onProgress)
  progress.add(total - sentBytes)
  const sent = await uploadParts(context, upload, file, missing, progress, signal)
  for (const [number, etag] of sent) etags.set(number, etag)
  await verifyUnchanged(file.path, file.identity)
  await complete(context, store, upload, etags, total, options)
  return sentBytes
}

/** Completes the upload, unless somebody else has stored the object in the meantime. */
async function complete(
  context: S3Context,
  store: Store,
  upload: MultipartUpload,
  etags: ReadonlyMap<number, string>,
  total: number,
  options: WriteOptions,
): Promise<void> {
  // Completing replaces what is there, and not every server knows a condition for it.
  if ((await findStored(store, upload.key, total, options)) !== null) return
  try {
    await completeUpload(context, upload, etags, options.signal)
  } catch (error) {
    options.signal?.throwIfAborted()
    const failure = readFailure(error)
    // The answer to an attempt was lost, or another run completed the same upload.
    const isPerhapsDone =
      isMissingUpload(failure) || isConditionFailed(failure) || isPassing(failure)
    if (isPerhapsDone && (await findStored(store, upload.key, total, options)) !== null) return
    throw toStoreError(context, { action: `write '${upload.key}'`, key: upload.key }, error)
  }
}
