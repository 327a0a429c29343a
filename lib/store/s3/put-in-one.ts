import { createHash } from 'node:crypto'
import { DmError } from '../../errors/dm-error.ts'
import { verifyUnchanged } from '../../files/file-identity.ts'
import { findStored } from '../find-stored.ts'
import type { Store, WriteOptions } from '../store.ts'
import type { S3Context } from './context.ts'
import { isConditionFailed, readFailure } from './failure.ts'
import type { LocalFile } from './local-file.ts'
import { countAttempt, streamBytes } from './part-body.ts'
import { md5, readPart } from './read-part.ts'
import { attemptRequest, toStoreError } from './request.ts'
import { toMetadata } from './stamp-metadata.ts'
import { createProgress } from './transfer-progress.ts'

/** How often the bytes are sent at most. */
const ATTEMPTS = 5

/**
 * Uploads a small file in one request, on condition that the key is free.
 *
 * @returns the bytes sent
 * @throws DM_FILE_CHANGED where the bytes are not those that the stamp names
 */
export async function putInOne(
  context: S3Context,
  store: Store,
  key: string,
  file: LocalFile,
  options: WriteOptions,
): Promise<number> {
  const { stamp, signal, onProgress } = options
  const { size } = file.identity
  const buffer = Buffer.allocUnsafeSlow(size)
  const bytes = await readPart(file.handle, file.path, buffer, { start: 0, bytes: size })
  await verifyUnchanged(file.path, file.identity)
  const isWhatWasStamped = createHash('sha256').update(bytes).digest('hex') === stamp.sha256
  if (!isWhatWasStamped) throw new DmError('DM_FILE_CHANGED', { file: file.path })

  const progress = createProgress(size, onProgress)
  progress.add(0)
  const input = {
    Bucket: context.name,
    Key: key,
    ContentLength: size,
    ContentMD5: md5(bytes).toString('base64'),
    IfNoneMatch: '*',
    Metadata: toMetadata(stamp, context.repository),
  }
  const subject = {
    action: `write '${key}'`,
    key,
    signal,
    attempts: ATTEMPTS,
    kind: 'transfer',
  } as const
  try {
    await attemptRequest(context, subject, ({ sdk, client, options: sendOptions }) =>
      countAttempt(progress, (counting) =>
        client.send(
          new sdk.PutObjectCommand({ ...input, Body: streamBytes(bytes, counting) }),
          sendOptions,
        ),
      ),
    )
  } catch (error) {
    signal?.throwIfAborted()
    const isTaken = isConditionFailed(readFailure(error))
    // Taken by an attempt of ours whose answer was lost, or by somebody else with the same content.
    if (!isTaken || (await findStored(store, key, size, options)) === null) {
      throw toStoreError(context, subject, error)
    }
    progress.add(size)
  }
  return size
}
