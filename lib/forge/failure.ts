import { DmError, isDmError } from '../errors/dm-error.ts'
import { printableLine } from '../format/text.ts'
import { Busy, parseRetryAfter } from '../store/retry.ts'
import type { GitHub } from './forge.ts'
import type { Token } from './token.ts'

/** An answer of GitHub that is none of success, as its client throws it. */
interface Refusal {
  readonly status: number
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>
    readonly data: unknown
  }
}

/**
 * What a failed request to GitHub means.
 *
 * @param action what was asked for, as it follows 'may not' and 'refused to'
 * @returns a failure of the catalogue, of a limit as `Busy`; never with the token in it, whatever GitHub says
 */
export function explain(
  thrown: unknown,
  action: string,
  { host, owner, name }: Pick<GitHub, 'host' | 'owner' | 'name'>,
  token: Token,
  now: Date,
): Error {
  const cause = thrown instanceof Error ? thrown.cause : undefined
  if (isDmError(cause)) return cause
  if (!isRefusal(thrown)) return thrown instanceof Error ? thrown : new Error(String(thrown))
  const { status, response } = thrown
  const headers = response?.headers ?? {}
  const header = (wanted: string): string | undefined => headers[wanted]?.toString()
  const reason = reasonOf(response?.data, status).replaceAll(token.value, '[hidden]')
  const repository = `${owner}/${name}`
  const { source } = token
  if (status === 401) return new DmError('DM_FORGE_KEY_REFUSED', { host, source, reason })
  if (status === 403 || status === 429) {
    const limit = limitOf(status, response?.data, header, now)
    if (limit !== null) {
      const { kind, waitMs } = limit
      const until = waitMs === 0 ? null : new Date(now.getTime() + waitMs).toISOString()
      return new Busy(new DmError('DM_FORGE_LIMIT', { host, kind, until }), waitMs)
    }
    const needed = header('x-accepted-github-permissions') ?? null
    const isSingleSignOn = header('x-github-sso') !== undefined
    const context = { host, repository, source, action, reason, needed, isSingleSignOn }
    return new DmError('DM_FORGE_DENIED', context)
  }
  if (status === 404) return new DmError('DM_FORGE_NOT_FOUND', { host, repository, source })
  if (status >= 500)
    return new DmError('DM_FORGE_UNAVAILABLE', { host, reason: `status ${status}` })
  return new DmError('DM_FORGE_REJECTED', { host, action, status, reason })
}

/**
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: the primary limit
 * says when it ends; of the secondary ones some do, and a minute is asked for where they do not.
 */
function limitOf(
  status: number,
  data: unknown,
  header: (name: string) => string | undefined,
  now: Date,
): { readonly kind: 'primary' | 'secondary'; readonly waitMs: number } | null {
  const after = header('retry-after')
  if (after !== undefined) return { kind: 'secondary', waitMs: parseRetryAfter(after) }
  if (header('x-ratelimit-remaining') === '0') {
    const reset = Number(header('x-ratelimit-reset')) * 1000
    return {
      kind: 'primary',
      waitMs: Math.max(0, Number.isFinite(reset) ? reset - now.getTime() : 0),
    }
  }
  const page = isRecord(data) ? data['documentation_url'] : undefined
  const isSecondary = typeof page === 'string' && page.includes('secondary-rate-limits')
  return status === 429 || isSecondary ? { kind: 'secondary', waitMs: 60_000 } : null
}

/** GitHub's sentence, and what is wrong with which field. */
function reasonOf(data: unknown, status: number): string {
  if (!isRecord(data) || typeof data['message'] !== 'string') return `status ${status}`
  const errors: readonly unknown[] = Array.isArray(data['errors']) ? data['errors'] : []
  const details = errors.flatMap((error) => {
    if (typeof error === 'string') return [error]
    if (!isRecord(error)) return []
    const { message, field, code } = error
    return typeof message === 'string' ? [message] : [`'${String(field)}' is ${String(code)}`]
  })
  const text = [data['message'], ...details].join('; ').replace(/\.$/, '')
  return printableLine(text.length > 500 ? `${text.slice(0, 500)}…` : text)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
}
