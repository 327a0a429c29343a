import type { ByteSource } from '../byte-source.ts'
import type { WriteOptions } from '../store.ts'
import type { S3Context } from './connection.ts'
import { isDenied, isMissingUpload, isUnsupported, readFailure } from './failure.ts'
import { listParts, listUploads, type MultipartUpload, type StoredPart } from './multipart.ts'
import { storeError } from './request.ts'
import { md5, readPart, type Part } from './transfer.ts'

/** An earlier run's upload of the same bytes. */
export interface ResumableUpload {
  readonly upload: MultipartUpload
  /** ETags of the parts that need not be sent again, by part number. */
  readonly etags: ReadonlyMap<number, string>
}

interface Candidate {
  readonly upload: MultipartUpload
  readonly stored: ReadonlyMap<number, StoredPart>
}

/**
 * The unfinished upload under this key that holds most of the file's bytes, or null. A part counts
 * only where its size and MD5 are those of the local bytes.
 */
export async function findResumable(
  context: S3Context,
  key: string,
  source: ByteSource,
  plan: readonly Part[],
  { signal, onNotice }: WriteOptions,
): Promise<ResumableUpload | null> {
  const candidates = await findCandidates(context, key, { signal, onNotice })
  const useful = plan.filter((part) => candidates.some(({ stored }) => hasSize(stored, part)))
  if (useful.length === 0) return null
  const hashes = await hashParts(source, useful, signal)
  const [best] = candidates
    .map((candidate) => match(candidate, useful, hashes))
    .toSorted((a, b) => b.bytes - a.bytes)
  if (best === undefined || best.bytes === 0) return null
  const toMiB = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  onNotice?.(
    `Continuing an earlier upload: ${toMiB(best.bytes)} of ${toMiB(source.bytes)} MiB are there already.`,
  )
  return best
}

async function findCandidates(
  context: S3Context,
  key: string,
  { signal, onNotice }: Pick<WriteOptions, 'signal' | 'onNotice'>,
): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  try {
    for await (const upload of listUploads(context, key, signal)) {
      if (upload.key !== key) continue
      candidates.push({ upload, stored: await listParts(context, upload, signal) })
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

/** MD5 in hex of the source's parts, by part number. */
async function hashParts(
  source: ByteSource,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<Map<number, string>> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(...parts.map(({ bytes }) => bytes)))
  const hashes = new Map<number, string>()
  for (const part of parts) {
    const bytes = await readPart(source, buffer, part, signal)
    hashes.set(part.number, md5(bytes).toString('hex'))
  }
  return hashes
}

function match(
  { upload, stored }: Candidate,
  parts: readonly Part[],
  hashes: ReadonlyMap<number, string>,
): ResumableUpload & { bytes: number } {
  const etags = new Map<number, string>()
  let bytes = 0
  for (const part of parts) {
    const etag = stored.get(part.number)?.etag
    const isSame =
      hasSize(stored, part) && etag !== undefined && toMd5(etag) === hashes.get(part.number)
    if (!isSame) continue
    etags.set(part.number, etag)
    bytes += part.bytes
  }
  return { upload, etags, bytes }
}

function hasSize(stored: ReadonlyMap<number, StoredPart>, part: Part): boolean {
  return stored.get(part.number)?.bytes === part.bytes
}

/** ETags come in quotes or without, and in either case. */
function toMd5(etag: string): string {
  return etag.replaceAll('"', '').toLowerCase()
}
