import { DmError, isDmError } from '../../errors/dm-error.ts'
import { isCertificateCode, type Route, throughProxy } from '../network.ts'
import { parseRetryAfter } from '../retry.ts'
import type { S3Context } from './connection.ts'

/** What can be known of a failed request, whoever reports it: the server, the SDK or the system. */
export interface Failure {
  /** `NoSuchKey`, `TimeoutError`, … */
  readonly name: string
  /** HTTP status, where the server answered. */
  readonly status: number | undefined
  /** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … where the system or TLS failed. */
  readonly code: string | undefined
  readonly message: string
  /** Where the bucket is, if the server says so. */
  readonly region: string | undefined
  /** The server's clock, in ms since 1970. */
  readonly date: number | undefined
  /** How long the server asks to wait, in ms; else 0. */
  readonly retryAfterMs: number
  /** Whether the SDK has learned the server's clock from it, so that it signs with that from now on. */
  readonly isClockCorrected: boolean
}

/** What a request is for. */
export interface RequestTarget {
  /** To follow "may not" and "cannot": `read 'a.sqlite'`. */
  readonly action: string
  readonly key?: string | undefined
}

// The server's names: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
const PASSING_NAMES = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'TimeoutError',
])
const PASSING_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_PROXY_TUNNEL',
  'ETIMEDOUT',
])
const BUSY_NAMES = new Set([
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
])
const REGION_NAMES = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
])
/** Why a key is refused, whatever it is used for. */
const REFUSED_NAMES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'the service does not know this access key id',
  SignatureDoesNotMatch: 'the secret does not belong to the access key id',
  ExpiredToken: 'the session token has expired',
  InvalidToken: 'the session token is not valid',
  TokenRefreshRequired: 'the session token has expired',
  Unauthorized: 'the service does not accept it',
}

/** Reads an error that a request threw. */
export function readFailure(error: unknown): Failure {
  const unknown = { status: undefined, code: undefined, region: undefined, date: undefined }
  if (!(error instanceof Error)) {
    const rest = { ...unknown, retryAfterMs: 0, isClockCorrected: false }
    return { name: 'Unknown', message: String(error), ...rest }
  }
  const { $metadata, $response, code, Code, Region } = error as {
    $metadata?: { httpStatusCode?: unknown; clockSkewCorrected?: unknown }
    $response?: { statusCode?: unknown; headers?: Readonly<Record<string, string>> }
    code?: unknown
    Code?: unknown
    Region?: unknown
  }
  // What is no XML, as from a proxy, the SDK throws without its metadata.
  const status = $metadata?.httpStatusCode ?? $response?.statusCode
  const headers = $response?.headers ?? {}
  const date = Date.parse(headers['date'] ?? '')
  return {
    name: typeof Code === 'string' ? Code : error.name,
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: error.message,
    region: headers['x-amz-bucket-region'] ?? (typeof Region === 'string' ? Region : undefined),
    date: Number.isNaN(date) ? undefined : date,
    retryAfterMs: parseRetryAfter(headers['retry-after']),
    isClockCorrected: $metadata?.clockSkewCorrected === true,
  }
}

/** Whether the same request may succeed a moment later. */
export function isPassing({ name, status, code }: Failure): boolean {
  if (PASSING_NAMES.has(name)) return true
  if (code !== undefined && PASSING_CODES.has(code)) return true
  if (status === undefined || status === 501) return false
  return status >= 500 || status === 408
}

/** Whether the server asks to be left alone for a while. */
export function isBusy({ name, status }: Failure): boolean {
  return BUSY_NAMES.has(name) || status === 429 || status === 503
}

export function isDenied({ name, status }: Failure): boolean {
  return name === 'AccessDenied' || name in REFUSED_NAMES || status === 401 || status === 403
}

export function isMissing({ name, status }: Failure): boolean {
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket')
}

export function isMissingBucket({ name }: Failure): boolean {
  return name === 'NoSuchBucket'
}

/** Whether a condition of the request (`If-None-Match`, `CopySourceIfMatch`) did not hold. */
export function isConditionFailed({ name, status }: Failure): boolean {
  return name === 'PreconditionFailed' || status === 412
}

/** Whether the multipart upload is no more: completed, aborted or expired. */
export function isMissingUpload({ name }: Failure): boolean {
  return name === 'NoSuchUpload'
}

/** Whether the server does not know that request at all, or does not allow it to anybody. */
export function isUnsupported({ name, status }: Failure): boolean {
  return (
    name === 'NotImplemented' || name === 'MethodNotAllowed' || status === 405 || status === 501
  )
}

/** Whether a write may have been done all the same, or was done by somebody else: look. */
export function isUnsettled(failure: Failure): boolean {
  const isTaken = isConditionFailed(failure) || isMissingUpload(failure)
  return isTaken || isPassing(failure) || isBusy(failure)
}

/** The catalogue's failure for what the SDK threw; never with more of it than its name and text. */
export function toStoreError(
  context: S3Context,
  route: Route | null,
  { action, key }: RequestTarget,
  error: unknown,
): unknown {
  if (isDmError(error)) return error
  const { location, bucket } = context
  const failure = readFailure(error)
  const { name, status, code } = failure
  const cause = { cause: error }
  if (isMissingBucket(failure))
    return new DmError('DM_STORE_NO_BUCKET', { bucket, location }, cause)
  if (isCertificateCode(code)) {
    return new DmError('DM_STORE_CERTIFICATE', { location, reason: code ?? '' }, cause)
  }
  if (name === 'RequestTimeTooSkewed') {
    const minutes = Math.round(((failure.date ?? Date.now()) - Date.now()) / 60_000)
    return new DmError('DM_STORE_CLOCK', { location, minutes }, cause)
  }
  if (REGION_NAMES.has(name) || status === 301 || isElsewhere(context, failure)) {
    const { region = null } = failure
    return new DmError('DM_STORE_REGION', { location, configured: context.region, region }, cause)
  }
  if (name === 'InvalidObjectState' && key !== undefined) {
    return new DmError('DM_STORE_ARCHIVED', { location, key }, cause)
  }
  const problem = REFUSED_NAMES[name]
  if (problem !== undefined)
    return new DmError('DM_STORE_KEY_REFUSED', { location, problem }, cause)
  if (isDenied(failure)) return new DmError('DM_STORE_DENIED', { location, action }, cause)
  if (isMissing(failure) && key !== undefined) {
    return new DmError('DM_STORE_NOT_FOUND', { location, key }, cause)
  }
  if (isBusy(failure)) {
    return new DmError('DM_STORE_BUSY', { location, reason: describe(failure) }, cause)
  }
  if (isPassing(failure)) {
    const reason = `${describe(failure)}${throughProxy(route)}`
    return new DmError('DM_STORE_UNAVAILABLE', { location, reason }, cause)
  }
  const reason = describeFinal(failure, route)
  return new DmError('DM_STORE_FAILED', { location, action, reason }, cause)
}

/** A request that is refused, of a bucket that the server says is in another region. */
function isElsewhere({ region: configured }: S3Context, { status, region }: Failure): boolean {
  return status === 400 && region !== undefined && region !== configured
}

function describeFinal(failure: Failure, route: Route | null): string {
  const { name, status, message } = failure
  if (isConditionFailed(failure)) return 'the object changed in the meantime'
  if (status === 407) return `the proxy ${route?.proxy ?? ''} asks for a user name and a password`
  if (status !== undefined && name === 'Error') {
    return `the answer, with status ${status}, is not that of an S3 service`
  }
  return `${name}: ${message}`.slice(0, 300)
}

function describe({ name, code, status }: Failure): string {
  return [code ?? name, status && `status ${status}`].filter(Boolean).join(', ')
}
