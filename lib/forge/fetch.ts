import type { IncomingMessage } from 'node:http'
import type { Environment } from '../config/define-config.ts'
import { DmError } from '../errors/dm-error.ts'
import { clientFor, describeFailure, findRoute, type Route } from '../store/network.ts'

/** Silence after which a connection counts as broken, in ms. */
const IDLE_MS = 20_000
/** The largest answer that is read, in bytes. */
const MAX_ANSWER = 16 * 1024 * 1024
const MAX_REDIRECTS = 3

interface Init {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/**
 * `fetch`, as the client of GitHub's API wants it, through the proxies and with the certificates that
 * stores are reached with. It is redirected on the same host only: the key is for no other one.
 *
 * @throws DM_FORGE_UNAVAILABLE, DM_FORGE_CERTIFICATE, DM_ENVIRONMENT_INVALID
 */
export function fetchThrough(env: Environment): (url: string, init?: Init) => Promise<Response> {
  const routes = new Map<string, Promise<Route>>()
  const routeTo = (url: URL): Promise<Route> => {
    const known = routes.get(url.origin) ?? findRoute(url, env)
    routes.set(url.origin, known)
    return known
  }
  return async (address, init = {}) => {
    let url = new URL(address)
    const route = await routeTo(url)
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { response, body } = await sendTrusted(url, route, init)
      const { statusCode: status = 0, headers } = response
      if (status < 300 || status >= 400 || headers.location === undefined) {
        const isEmpty = status === 204 || status === 205 || status === 304
        return new Response(isEmpty ? null : body, { status, headers: toHeaders(response) })
      }
      const next = URL.parse(headers.location, url.href)
      if (next?.origin !== url.origin) throw unavailable(url, 'it redirects to another host')
      url = next
    }
    throw unavailable(url, 'too many redirects')
  }
}

interface Answer {
  readonly response: IncomingMessage
  readonly body: Buffer<ArrayBuffer>
}

async function sendTrusted(url: URL, route: Route, init: Init): Promise<Answer> {
  const isSystemTrusted = route.trustsSystem()
  try {
    return await send(url, route, init)
  } catch (error) {
    init.signal?.throwIfAborted()
    const { isCertificate, reason } = describeFailure(error, route)
    if (!isCertificate) throw unavailable(url, reason, error)
    if (!isSystemTrusted) {
      route.trustSystem()
      return sendTrusted(url, route, init)
    }
    throw new DmError('DM_FORGE_CERTIFICATE', { host: url.host, reason }, { cause: error })
  }
}

async function send(url: URL, { agent }: Route, init: Init): Promise<Answer> {
  const { request } = clientFor(url)
  const { method = 'GET', body = '', signal } = init
  const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
  const headers = { ...init.headers, ...length, 'accept-encoding': 'identity' }
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(url, { method, agent, headers, ...(signal && { signal }) })
    sent.setTimeout(IDLE_MS, () => sent.destroy(new Error(`no byte for ${IDLE_MS / 1000} s`)))
    sent.on('error', reject)
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > MAX_ANSWER) response.destroy(new Error('the answer is too long'))
      })
      response.once('error', reject)
      response.once('end', () => resolve({ response, body: Buffer.concat(chunks) }))
    })
    sent.end(body)
  })
}

function toHeaders({ headers }: IncomingMessage): Headers {
  return new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function unavailable({ host }: URL, reason: string, cause?: unknown): DmError {
  return new DmError('DM_FORGE_UNAVAILABLE', { host, reason }, { cause })
}
