import { DmError, isDmError } from '../../errors/dm-error.ts'
import { retry } from '../retry.ts'

/** A public bucket. */
export interface HttpContext {
  /** Ends in a slash. */
  readonly base: URL
  /** The same, for messages; without a user name or password. */
  readonly location: string
}

interface FetchOptions {
  readonly method: 'GET' | 'HEAD'
  readonly signal: AbortSignal | undefined
  /** A Range header. */
  readonly range?: string | undefined
}

const ATTEMPTS = 3
/** Time until the answer begins, in ms; all attempts together stay below 15 s. */
const ANSWER_MS = 4500
const MAX_REDIRECTS = 5

/**
 * Requests an object; null where there is none. The body, when it comes, ends with an error where
 * no byte comes for long.
 *
 * @throws DM_STORE_DENIED, DM_STORE_UNAVAILABLE; the signal's reason when aborted
 */
export async function fetchObject(
  context: HttpContext,
  key: string,
  options: FetchOptions,
): Promise<Response | null> {
  const response = await retry(() => fetchOnce(context, key, options), {
    attempts: ATTEMPTS,
    isRetryable: (error) => isDmError(error, 'DM_STORE_UNAVAILABLE'),
    signal: options.signal,
  })
  if (response.ok) return response
  await response.body?.cancel()
  if (response.status === 404) return null
  const { location } = context
  const action = `read '${key}'`
  if (response.status === 401 || response.status === 403) {
    throw new DmError('DM_STORE_DENIED', { location, action })
  }
  throw new DmError('DM_STORE_FAILED', { location, action, reason: `status ${response.status}` })
}

/** One attempt, with its redirects: any answer but those that may pass. */
async function fetchOnce(
  context: HttpContext,
  key: string,
  { method, signal, range }: FetchOptions,
): Promise<Response> {
  let url = new URL(key.split('/').map(encodeURIComponent).join('/'), context.base)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await answerInTime(context, signal, (timed) =>
      fetch(url, {
        method,
        signal: timed,
        redirect: 'manual',
        // Compressed on the way, ranges and sizes would not be those of the object.
        headers: { 'accept-encoding': 'identity', ...(range === undefined ? {} : { range }) },
      }),
    )
    const target = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || target === null) {
      return refusePassing(context, response)
    }
    await response.body?.cancel()
    url = follow(context, url, target)
  }
  throw unavailable(context, 'too many redirects')
}

/** Limits the time until the answer begins; the body takes as long as it takes. */
async function answerInTime(
  context: HttpContext,
  signal: AbortSignal | undefined,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ANSWER_MS)
  try {
    return await send(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]))
  } catch (error) {
    signal?.throwIfAborted()
    if (late.signal.aborted) throw unavailable(context, `no answer within ${ANSWER_MS} ms`, error)
    throw unavailable(context, readReason(error), error)
  } finally {
    clearTimeout(timer)
  }
}

async function refusePassing(context: HttpContext, response: Response): Promise<Response> {
  const { status } = response
  if (status < 500 && status !== 408 && status !== 429) return response
  await response.body?.cancel()
  throw unavailable(context, `status ${status}`)
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

/** fetch hides the system's error in the cause. */
function readReason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (!(cause instanceof Error)) return String(cause)
  return 'code' in cause ? String(cause.code) : cause.message
}

function unavailable({ location }: HttpContext, reason: string, cause?: unknown): DmError {
  return new DmError('DM_STORE_UNAVAILABLE', { location, reason }, { cause })
}
