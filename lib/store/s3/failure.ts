/** What can be known of a failed request, whoever reports it: the server, the SDK or the system. */
export interface Failure {
  /** `NoSuchKey`, `TimeoutError`, … */
  readonly name: string
  /** HTTP status, where the server answered. */
  readonly status: number | undefined
  /** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … where the system or TLS failed. */
  readonly code: string | undefined
  readonly message: string
}

/** The server's names for failures that pass: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const PASSING_NAMES = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'InternalError',
  'OperationAborted',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'TimeoutError',
  'TooManyRequests',
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
  'ETIMEDOUT',
])

const DENIED_NAMES = new Set([
  'AccessDenied',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
])

/** Reads an error that a request threw. */
export function readFailure(error: unknown): Failure {
  if (!(error instanceof Error)) {
    return { name: 'Unknown', status: undefined, code: undefined, message: String(error) }
  }
  const { $metadata, code, Code } = error as {
    $metadata?: { httpStatusCode?: unknown }
    code?: unknown
    Code?: unknown
  }
  const status = $metadata?.httpStatusCode
  return {
    name: typeof Code === 'string' ? Code : error.name,
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'string' ? code : undefined,
    message: error.message,
  }
}

/** Whether the same request may succeed a moment later. */
export function isPassing({ name, status, code }: Failure): boolean {
  if (PASSING_NAMES.has(name)) return true
  if (code !== undefined && PASSING_CODES.has(code)) return true
  if (status === undefined || status === 501) return false
  return status >= 500 || status === 408 || status === 429
}

export function isDenied({ name, status }: Failure): boolean {
  return DENIED_NAMES.has(name) || status === 401 || status === 403
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
