import { Readable } from 'node:stream'
import type { Environment } from '../../config/define-config.ts'
import { DmError } from '../../errors/dm-error.ts'
import { findRoute, type Route } from '../network.ts'
import { isSha256 } from '../../files/hash-file.ts'
import { cut, isRangeAsked, notTheRange, readTotal } from '../range.ts'
import type {
  ObjectBody,
  ObjectInfo,
  OpenOptions,
  ReadableStore,
  RequestOptions,
} from '../store.ts'
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
  { start = 0, end, exact = false, signal }: OpenOptions,
): Promise<ObjectBody> {
  verifyKey(key)
  const isRange = start > 0 || end !== undefined
  const asked = isRange ? `bytes=${start}-${end ?? ''}` : undefined
  const response = await requestObject(context, key, { method: 'GET', signal, range: asked })
  const { location } = context
  if (response === null) throw new DmError('DM_STORE_NOT_FOUND', { location, key })
  const { statusCode: status, headers } = response
  const version = headers.etag
  if (status === 200 && !isRange) {
    const length = headers['content-length']
    const total = length === undefined ? undefined : Number(length)
    return Object.assign(response, { version, total })
  }
  // RFC 9110, 14.2: a server may ignore the range, and then sends everything.
  if (status === 200 && !exact) {
    return Object.assign(Readable.from(cut(response, start, end), { objectMode: false }), {
      version,
    })
  }
  const range = headers['content-range']
  if (status === 206 && isRange && isRangeAsked(range, start, end)) {
    return Object.assign(response, { version, total: readTotal(range) })
  }
  response.destroy()
  throw notTheRange(location, key, status)
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
      ? readTotal(response.headers['content-range'])
      : response?.headers['content-length']
  if (total !== undefined) return Number(total)
  const { location } = context
  const reason = 'the server does not tell its size'
  throw new DmError('DM_STORE_FAILED', { location, action: `read '${key}'`, reason })
}

function readHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
