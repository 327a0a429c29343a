import { Readable } from 'node:stream'
import { DmError } from '../errors/dm-error.ts'
import { cutRange } from './http/cut-range.ts'
import { fetchObject, type HttpContext } from './http/fetch-object.ts'
import type { ObjectInfo, OpenOptions, ReadableStore, RequestOptions } from './store.ts'
import { verifyKey } from './verify-key.ts'

export interface HttpReaderSettings {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** Where the bucket is public: `https://data.example.org/`, with a path or without. */
  readonly url: string
}

/** Reads a public bucket by plain HTTPS, without credentials. */
export function createHttpReader({ bucket, url }: HttpReaderSettings): ReadableStore {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  const context: HttpContext = { base, location: `${base.origin}${base.pathname}` }
  return {
    bucket,
    location: context.location,
    head: (key, options = {}) => head(context, key, options),
    open: (key, options = {}) => open(context, key, options),
  }
}

async function head(
  context: HttpContext,
  key: string,
  { signal }: RequestOptions,
): Promise<ObjectInfo | null> {
  verifyKey(key)
  const response = await fetchObject(context, key, { method: 'HEAD', signal })
  if (response === null) return null
  const { headers } = response
  const length = headers.get('content-length')
  const sha256 = headers.get('x-amz-meta-sha256')
  const modified = headers.get('last-modified')
  return {
    key,
    bytes: length === null ? await findSize(context, key, signal) : Number(length),
    sha256: sha256 !== null && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null,
    repository: headers.get('x-amz-meta-repository'),
    bucket: headers.get('x-amz-meta-bucket'),
    modified: new Date(modified ?? 0),
  }
}

async function open(
  context: HttpContext,
  key: string,
  { start = 0, end, signal }: OpenOptions,
): Promise<Readable> {
  verifyKey(key)
  const isRange = start > 0 || end !== undefined
  const range = isRange ? `bytes=${start}-${end ?? ''}` : undefined
  const response = await fetchObject(context, key, { method: 'GET', signal, range })
  const { location } = context
  if (response === null) throw new DmError('DM_STORE_NOT_FOUND', { location, key })
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body)
  if (!isRange) return body
  // RFC 9110, 14.2: a server may ignore the range, and then sends everything.
  if (response.status === 200) return cutRange(body, start, end)
  const begins = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  if (response.status === 206 && Number(begins) === start) return body
  body.destroy()
  const reason = 'the server does not send the range that was asked for'
  throw new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason })
}

/** The size of an object where a HEAD does not tell it: from the range of its first byte. */
async function findSize(
  context: HttpContext,
  key: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const response = await fetchObject(context, key, { method: 'GET', signal, range: 'bytes=0-0' })
  await response?.body?.cancel()
  const total =
    response?.status === 206
      ? /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
      : response?.headers.get('content-length')
  if (typeof total === 'string') return Number(total)
  const { location } = context
  const reason = 'the server does not tell its size'
  throw new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason })
}
