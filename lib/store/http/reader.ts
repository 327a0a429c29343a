import { Readable } from 'node:stream'
import type { Environment } from '../../config/define-config.ts'
import { DmError } from '../../errors/dm-error.ts'
import { findRoute, type Route } from '../network.ts'
import { isSha256 } from '../../files/hash-file.ts'
import type { ObjectInfo, OpenOptions, ReadableStore, RequestOptions } from '../store.ts'
import { verifyKey } from '../verify-key.ts'
import { requestObject, type HttpContext } from './request.ts'

export interface HttpReaderSettings {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** Where the bucket is public: `https://data.example.org/`, with a path or without. */
  readonly url: string
  /** Names proxies and certificates; default: none. */
  readonly env?: Environment | undefined
}

/** Reads a public bucket by plain HTTPS, without credentials. */
export function createHttpReader({ bucket, url, env = {} }: HttpReaderSettings): ReadableStore {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  const routes = new Map<string, Promise<Route>>()
  const context: HttpContext = {
    base,
    location: `${base.origin}${base.pathname}`,
    findRoute(target) {
      const route = routes.get(target.origin) ?? findRoute(target, env)
      routes.set(target.origin, route)
      return route
    },
  }
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
  const response = await requestObject(context, key, { method: 'HEAD', signal })
  if (response === null) return null
  response.resume()
  const { headers } = response
  const length = headers['content-length']
  const sha256 = readHeader(headers['x-amz-meta-sha256'])
  const content = readHeader(headers['x-amz-meta-content'])
  return {
    key,
    bytes: length === undefined ? await findSize(context, key, signal) : Number(length),
    sha256: isSha256(sha256) ? sha256 : null,
    repository: readHeader(headers['x-amz-meta-repository']) ?? null,
    bucket: readHeader(headers['x-amz-meta-bucket']) ?? null,
    content: isSha256(content) ? content : null,
    modified: new Date(headers['last-modified'] ?? 0),
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
  const response = await requestObject(context, key, { method: 'GET', signal, range })
  const { location } = context
  if (response === null) throw new DmError('DM_STORE_NOT_FOUND', { location, key })
  const { statusCode: status, headers } = response
  if (status === 200 && !isRange) return response
  // RFC 9110, 14.2: a server may ignore the range, and then sends everything.
  if (status === 200) return Readable.from(cut(response, start, end), { objectMode: false })
  if (status === 206 && isRange && isRangeAsked(headers['content-range'], start, end)) {
    return response
  }
  response.destroy()
  const reason = 'the server does not send the range that was asked for'
  throw new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason })
}

/**
 * Whether a Content-Range header says exactly what was asked for.
 *
 * @param end inclusive; undefined: to the last byte
 */
export function isRangeAsked(
  header: string | undefined,
  start: number,
  end: number | undefined,
): boolean {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || total === undefined) return false
  const final = total === '*' ? Infinity : Number(total) - 1
  const wanted = Math.min(end ?? final, final)
  const isEnd = wanted === Infinity || Number(last) === wanted
  return Number(first) === start && isEnd && Number(last) >= start
}

/** The bytes from `start` to `end` of a whole body; what comes before is received all the same. */
async function* cut(
  body: AsyncIterable<Uint8Array>,
  start: number,
  end = Infinity,
): AsyncGenerator<Uint8Array, void, undefined> {
  let offset = 0
  for await (const chunk of body) {
    const wanted = chunk.subarray(Math.max(0, start - offset), end + 1 - offset)
    offset += chunk.length
    if (wanted.length > 0) yield wanted
    if (offset > end) return
  }
}

/** The size of an object where a HEAD does not tell it: from the range of its first byte. */
async function findSize(
  context: HttpContext,
  key: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const response = await requestObject(context, key, { method: 'GET', signal, range: 'bytes=0-0' })
  response?.destroy()
  const total =
    response?.statusCode === 206
      ? /\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]
      : response?.headers['content-length']
  if (total !== undefined) return Number(total)
  const { location } = context
  const reason = 'the server does not tell its size'
  throw new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason })
}

function readHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
