import type { S3Client } from '@aws-sdk/client-s3'
import { Unsettled } from '../engine.ts'
import { isCertificateCode } from '../network.ts'
import { retry } from '../retry.ts'
import type { Connection, S3Context } from './connection.ts'
import { isBusy, isPassing, isUnsettled, readFailure, toStoreError } from './failure.ts'
import type { RequestTarget } from './failure.ts'

/** How often a request is tried at most. Three times the time to connect stays below 15 s. */
const ATTEMPTS = 3
/** Time for the answer to a request to begin, in ms. */
const ANSWER_MS = 20_000

export interface RequestSubject extends RequestTarget {
  readonly signal?: AbortSignal | undefined
  /** Default 3. */
  readonly attempts?: number | undefined
  /**
   * What takes the time: `answer` (default) is answered at once; `transfer` sends many bytes before
   * and ends when they stop flowing; `work` keeps the server busy for minutes without a byte.
   */
  readonly kind?: 'answer' | 'transfer' | 'work' | undefined
}

/** What a request is made with. */
export interface RequestTools {
  readonly sdk: Connection['sdk']
  readonly client: S3Client
  /** To be passed to the client's `send`. */
  readonly options: { readonly abortSignal?: AbortSignal; readonly requestTimeout?: number }
}

type Make<Result> = (tools: RequestTools) => Promise<Result>

/**
 * Makes a request, again where a failure may pass. `make` is called once per attempt.
 *
 * @throws the failures of stores by their codes; the signal's reason when aborted
 */
export async function request<Result>(
  context: S3Context,
  subject: RequestSubject,
  make: Make<Result>,
): Promise<Result> {
  try {
    return await attemptRequest(context, subject, make)
  } catch (error) {
    throw await storeError(context, subject, error)
  }
}

/** As `request`, for what makes an object: throws Unsettled where it may be there all the same. */
export async function requestWrite<Result>(
  context: S3Context,
  subject: RequestSubject,
  make: Make<Result>,
  sentBytes = 0,
): Promise<Result> {
  try {
    return await attemptRequest(context, subject, make)
  } catch (error) {
    const failure = await storeError(context, subject, error)
    throw isUnsettled(readFailure(error)) ? new Unsettled({ failure, sentBytes }) : failure
  }
}

/** As `request`, but throws what the SDK throws, for callers that expect a certain failure. */
export async function attemptRequest<Result>(
  context: S3Context,
  { signal, attempts = ATTEMPTS, kind = 'answer' }: RequestSubject,
  make: Make<Result>,
): Promise<Result> {
  const { sdk, client, patientClient, route } = await context.connect()
  const tools: RequestTools = {
    sdk,
    client: kind === 'work' ? patientClient : client,
    options: {
      ...(kind === 'answer' ? { requestTimeout: ANSWER_MS } : {}),
      ...(signal === undefined ? {} : { abortSignal: signal }),
    },
  }
  let isSystemTrusted = true
  const attempt = (): Promise<Result> => {
    isSystemTrusted = route.trustsSystem()
    return make(tools)
  }
  return retry(attempt, {
    attempts,
    isRetryable(error) {
      const failure = readFailure(error)
      if (isCertificateCode(failure.code)) {
        if (!isSystemTrusted) route.trustSystem()
        return !isSystemTrusted
      }
      return failure.isClockCorrected || isPassing(failure)
    },
    readBusy(error) {
      const failure = readFailure(error)
      return isBusy(failure) ? failure.retryAfterMs : null
    },
    signal,
  })
}

/** The failure to throw for what the SDK threw; the signal's reason is thrown where it was that. */
export async function storeError(
  context: S3Context,
  subject: RequestSubject,
  error: unknown,
): Promise<unknown> {
  subject.signal?.throwIfAborted()
  const { route } = await context.connect()
  return toStoreError(context, route, subject, error)
}
