import type { S3Client } from '@aws-sdk/client-s3'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import { retry } from '../retry.ts'
import type { Connection, Sdk } from './connection.ts'
import type { S3Context } from './context.ts'
import {
  isConditionFailed,
  isDenied,
  isMissing,
  isMissingBucket,
  isPassing,
  readFailure,
} from './failure.ts'

/** How often a request is tried at most. Three times the time to connect stays below 15 s. */
const ATTEMPTS = 3
/** Time for a small request to be answered, in ms. */
const ANSWER_MS = 30_000

export interface RequestSubject {
  /** What the request is for, to follow "may not" and "cannot": `read 'a.sqlite'`. */
  readonly action: string
  readonly key?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Default 3. */
  readonly attempts?: number | undefined
  /**
   * What takes the time: `answer` (default) is a small request; `transfer` carries many bytes and
   * ends when they stop flowing; `work` keeps the server busy for minutes without a byte.
   */
  readonly kind?: 'answer' | 'transfer' | 'work' | undefined
}

/** What a request is made with. */
export interface RequestTools {
  readonly sdk: Sdk
  readonly client: S3Client
  /** To be passed to the client's `send`. */
  readonly options: { readonly abortSignal?: AbortSignal; readonly requestTimeout?: number }
}

/**
 * Makes a request, again where a failure may pass. `make` is called once per attempt.
 *
 * @throws the failures of stores by their codes; the signal's reason when aborted
 */
export async function request<Result>(
  context: S3Context,
  subject: RequestSubject,
  make: (tools: RequestTools) => Promise<Result>,
): Promise<Result> {
  try {
    return await attemptRequest(context, subject, make)
  } catch (error) {
    subject.signal?.throwIfAborted()
    throw toStoreError(context, subject, error)
  }
}

/** As `request`, but throws what the SDK throws, for callers that expect a certain failure. */
export async function attemptRequest<Result>(
  context: S3Context,
  { signal, attempts = ATTEMPTS, kind = 'answer' }: RequestSubject,
  make: (tools: RequestTools) => Promise<Result>,
): Promise<Result> {
  const connection = await context.connect()
  const tools = toTools(connection, kind, signal)
  return retry(() => make(tools), {
    attempts,
    isRetryable: (error) => isPassing(readFailure(error)),
    signal,
  })
}

function toTools(
  connection: Connection,
  kind: 'answer' | 'transfer' | 'work',
  signal: AbortSignal | undefined,
): RequestTools {
  return {
    sdk: connection.sdk,
    client: kind === 'work' ? connection.patientClient : connection.client,
    options: {
      ...(kind === 'answer' ? { requestTimeout: ANSWER_MS } : {}),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    },
  }
}

/** The catalogue's failure for what the SDK threw; never with more of it than its name and text. */
export function toStoreError(
  context: S3Context,
  { action, key }: RequestSubject,
  error: unknown,
): unknown {
  if (isDmError(error)) return error
  const { location, bucket } = context
  const failure = readFailure(error)
  const options = { cause: error }
  if (isMissingBucket(failure))
    return new DmError('DM_STORE_NO_BUCKET', { bucket, location }, options)
  if (isDenied(failure)) return new DmError('DM_STORE_DENIED', { location, action }, options)
  if (isMissing(failure) && key !== undefined) {
    return new DmError('DM_STORE_NOT_FOUND', { location, key }, options)
  }
  if (isPassing(failure)) {
    const reason = [failure.code ?? failure.name, failure.status && `status ${failure.status}`]
    return new DmError(
      'DM_STORE_UNAVAILABLE',
      { location, reason: reason.filter(Boolean).join(', ') },
      options,
    )
  }
  const reason = isConditionFailed(failure)
    ? 'the object changed in the meantime'
    : `${failure.name}: ${failure.message}`.slice(0, 300)
  return new DmError('DM_STORE_FAILED', { location, action, reason }, options)
}
