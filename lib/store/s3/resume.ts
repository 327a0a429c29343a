import type { WriteOptions } from '../store.ts'
import type { S3Context } from './connection.ts'
import { isDenied, isMissingUpload, isUnsupported, readFailure } from './failure.ts'
import { listParts, listUploads, type MultipartUpload, type StoredPart } from './multipart.ts'
import type { PartReader } from './part-reader.ts'
import { storeError } from './request.ts'
import type { Part } from './transfer.ts'

/** An earlier run's upload of the same bytes, as far as they have been compared. */
export interface EarlierUpload {
  readonly upload: MultipartUpload
  /**
   * The ETag of a part that need not be sent again, since the bytes with this MD5 are there. Asked once
   * for every part; when it has been asked for all that are there, the user is told.
   */
  readonly find: (part: Part, md5: Buffer) => string | null
}

interface Candidate {
  readonly upload: MultipartUpload
  /** Of the size that they have in the source, by number. */
  readonly stored: ReadonlyMap<number, StoredPart>
  /** All of them together. */
  readonly bytes: number
}

/**
 * The unfinished upload under this key that seems to hold most of the source's bytes, or null. The
 * source is read until the first part that one of them has: only one that has the same there is
 * continued. A run sends no more parts at once than are looked at.
 */
export async function findEarlier(
  context: S3Context,
  key: string,
  reader: PartReader,
  plan: readonly Part[],
  { signal, onNotice }: WriteOptions,
): Promise<EarlierUpload | null> {
  let candidates = await findCandidates(context, key, plan, { signal, onNotice })
  for (const part of plan.slice(0, context.concurrency)) {
    if (candidates.length === 0) return null
    const { md5 } = await reader.ahead(part)
    const [best] = candidates
      .filter(({ stored }) => isSame(stored.get(part.number), md5))
      .toSorted((a, b) => b.bytes - a.bytes)
    if (best !== undefined) return toEarlier(best, plan, onNotice)
    candidates = candidates.filter(({ stored }) => !stored.has(part.number))
  }
  return null
}

function toEarlier(
  { upload, stored }: Candidate,
  plan: readonly Part[],
  onNotice: WriteOptions['onNotice'],
): EarlierUpload {
  const total = plan.reduce((sum, { bytes }) => sum + bytes, 0)
  const toMiB = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  let left = stored.size
  let done = 0
  return {
    upload,
    find({ number }, md5) {
      const found = stored.get(number)
      if (found === undefined) return null
      const isThere = isSame(found, md5)
      if (isThere) done += found.bytes
      left--
      if (left === 0) {
        onNotice?.(
          `Continuing an earlier upload: ${toMiB(done)} of ${toMiB(total)} MiB are there already.`,
        )
      }
      return isThere ? found.etag : null
    },
  }
}

async function findCandidates(
  context: S3Context,
  key: string,
  plan: readonly Part[],
  { signal, onNotice }: Pick<WriteOptions, 'signal' | 'onNotice'>,
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  try {
    for await (const upload of listUploads(context, key, signal)) {
      if (upload.key !== key) continue
      const listed = await listParts(context, upload, signal)
      const parts = plan.flatMap(({ number, bytes }) => {
        const found = listed.get(number)
        return found?.bytes === bytes ? [[number, found] as const] : []
      })
      const bytes = parts.reduce((sum, [, found]) => sum + found.bytes, 0)
      if (bytes > 0) candidates.push({ upload, stored: new Map(parts), bytes })
    }
  } catch (error) {
    const failure = readFailure(error)
    if (isMissingUpload(failure)) return candidates
    if (!isUnsupported(failure) && !isDenied(failure)) {
      const subject = { action: `look for earlier uploads of '${key}'`, key, signal }
      throw await storeError(context, subject, error)
    }
    const why = isDenied(failure)
      ? 'the key in use may not list them'
      : 'the server cannot list them'
    onNotice?.(`What an earlier run may have sent of '${key}' cannot be continued: ${why}.`)
  }
  return candidates
}

function isSame(stored: StoredPart | undefined, md5: Buffer): boolean {
  return stored !== undefined && toMd5(stored.etag) === md5.toString('hex')
}

/** ETags come in quotes or without, and in either case. */
function toMd5(etag: string): string {
  return etag.replaceAll('"', '').toLowerCase()
}
