import type { ClientRequest, IncomingMessage } from 'node:http'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import { clientFor, describeFailure, type Route } from '../network.ts'
import { Busy, parseRetryAfter, retry } from '../retry.ts'

/** A public bucket. */
export interface HttpContext {
  /** Ends in a slash. */
  readonly base: URL
  /** The same, for messages; without a user name or password. */
  readonly location: string
  /** The same route for every URL of one host. */
  readonly findRoute: (url: URL) => Promise<Route>
}

interface RequestOptions {
  readonly method: 'GET' | 'HEAD'
  readonly signal: AbortSignal | undefined
  /** A Range header. */
  readonly range?: string | undefined
}

const ATTEMPTS = 3
/** Time until the answer begins, in ms; all attempts together stay below 15 s. */
const ANSWER_MS = 4500
/** Silence in the middle of a body after which the connection counts as broken, in ms. */
const IDLE_MS = 20_000
const MAX_REDIRECTS = 5

/**
 * Requests an object; null where there is none. The body, when it comes, ends with an error where
 * no byte comes for long.
 *
 * @throws DM_STORE_DENIED, DM_STORE_BUSY, DM_STORE_UNAVAILABLE, DM_STORE_CERTIFICATE; the signal's
 *   reason when aborted
 */
export async function requestObject(
  context: HttpContext,
  key: string,
  options: RequestOptions,
): Promise<IncomingMessage | null> {
  const response = await retry(() => requestOnce(context, key, options), {
    attempts: ATTEMPTS,
    isRetryable: (error) => isDmError(error, 'DM_STORE_UNAVAILABLE'),
    signal: options.signal,
  })
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return response
  response.destroy()
  if (status === 404) return null
  const { location } = context
  const action = `read '${key}'`
  if (status === 401 || status === 403) throw new DmError('DM_STORE_DENIED', { location, action })
  throw new DmError('DM_STORE_FAILED', { location, action, reason: `status ${status}` })
}

/** One attempt, with its redirects: any answer but those that may pass. */
async function requestOnce(
  context: HttpContext,
  key: string,
  options: RequestOptions,
): Promise<IncomingMessage> {
  let url = new URL(key.split('/').map(encodeURIComponent).join('/'), context.base)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const route = await context.findRoute(url)
    const isSystemTrusted = route.trustsSystem()
    const response = await send(url, route, options).catch((error: unknown) => {
      options.signal?.throwIfAborted()
      throw toFailure(context, route, isSystemTrusted, error)
    })
    const { statusCode: status = 0, headers } = response
    if (status < 300 || status >= 400 || headers.location === undefined) {
      return refusePassing(context, response)
    }
    response.destroy()
    url = follow(context, url, headers.location)
  }
  throw unavailable(context, 'too many redirects')
}

/** Limits the time until the answer begins; the body takes as long as its bytes flow. */
async function send(
  url: URL,
  route: Route,
  { method, signal, range }: RequestOptions,
): Promise<IncomingMessage> {
  // Compressed on the way, ranges and sizes would not be those of the object.
  const headers = { 'accept-encoding': 'identity', ...(range === undefined ? {} : { range }) }
  const { request } = clientFor(url)
  const sent = request(url, { method, agent: route.agent, headers })
  sent.setTimeout(IDLE_MS, () => sent.destroy(new Error(`no byte for ${IDLE_MS / 1000} s`)))
  abortWith(sent, signal)
  const late = setTimeout(
    () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)),
    ANSWER_MS,
  )
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', (response) => {
        // Whoever reads hears of it; nobody may be reading yet.
        response.on('error', () => undefined)
        abortWith(response, signal)
        resolve(response)
      })
      sent.on('error', reject)
      sent.end()
    })
  } finally {
    clearTimeout(late)
  }
}

/** Ends a request or a body with the signal's own reason. */
function abortWith(stream: ClientRequest | IncomingMessage, signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  const abort = (): void => void stream.destroy(toError(signal.reason))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  stream.once('close', () => signal.removeEventListener('abort', abort))
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

function refusePassing(context: HttpContext, response: IncomingMessage): IncomingMessage {
  const { statusCode: status = 0, headers } = response
  if (status < 500 && status !== 408 && status !== 429) return response
  response.destroy()
  if (status !== 429 && status !== 503) throw unavailable(context, `status ${status}`)
  const { location } = context
  const busy = new DmError('DM_STORE_BUSY', { location, reason: `status ${status}` })
  throw new Busy(busy, parseRetryAfter(headers['retry-after']))
}

/** Another scheme could be a plain one, or no web at all. */
function follow(context: HttpContext, from: URL, target: string): URL {
  const to = URL.parse(target, from.href)
  if (to?.protocol === from.protocol) return to
  const { location } = context
  const reason =
    to === null
      ? 'it redirects to what is no URL'
      : `it redirects from ${from.protocol} to ${to.protocol}`
  throw new DmError('DM_STORE_FAILED', { location, action: 'read', reason })
}

/** @param isSystemTrusted whether it was so when the request began: others may have had to ask meanwhile */
function toFailure(
  context: HttpContext,
  route: Route,
  isSystemTrusted: boolean,
  error: unknown,
): DmError {
  const { isCertificate, reason } = describeFailure(error, route)
  // Once more, with what this machine trusts as well.
  if (isCertificate && !isSystemTrusted) route.trustSystem()
  if (!isCertificate || !isSystemTrusted) return unavailable(context, reason, error)
  const { location } = context
  return new DmError('DM_STORE_CERTIFICATE', { location, reason }, { cause: error })
}

function unavailable({ location }: HttpContext, reason: string, cause?: unknown): DmError {
  return new DmError('DM_STORE_UNAVAILABLE', { location, reason }, { cause })
}
