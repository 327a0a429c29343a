import { setTimeout as sleep } from 'node:timers/promises'

/** First pause in ms; it doubles with every further attempt. */
const FIRST_PAUSE_MS = 200
/** Longest pause in ms, but for one that the server asks for. */
const MAX_PAUSE_MS = 5000
/** How long a server may say that it is busy before it is given up, in ms. */
const PATIENCE_MS = 25_000

/** Thrown by an operation where the server asks to be left alone for a while. */
export class Busy extends Error {
  /** What it is where there is no patience left. */
  readonly failure: Error
  readonly waitMs: number

  constructor(failure: Error, waitMs: number) {
    super(failure.message)
    this.failure = failure
    this.waitMs = waitMs
  }
}

export interface RetryOptions {
  /** How often to try at most, the first time included; what a busy server refuses does not count. */
  readonly attempts: number
  /** Whether trying again can help. */
  readonly isRetryable: (error: unknown) => boolean
  /** As `Busy`, for errors of others: how long the server asks to wait, in ms, or 0; else null. */
  readonly readBusy?: (error: unknown) => number | null
  readonly signal?: AbortSignal | undefined
  /** Default 25 s. */
  readonly patienceMs?: number | undefined
}

/**
 * Runs an operation until it succeeds, fails for good, or was tried `attempts` times; pauses in
 * between grow and are spread at random, so that parallel transfers do not try again all at once.
 * A busy server is asked again for a while, not before the time that it names.
 *
 * @throws the last error, of a `Busy` its failure; the signal's reason when aborted
 */
export async function retry<Result>(
  operation: () => Promise<Result>,
  { attempts, isRetryable, readBusy, signal, patienceMs = PATIENCE_MS }: RetryOptions,
): Promise<Result> {
  let failures = 0
  let busy = 0
  let deadline: number | null = null
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await operation()
    } catch (error) {
      signal?.throwIfAborted()
      const wanted = error instanceof Busy ? error.waitMs : (readBusy?.(error) ?? null)
      if (wanted === null) {
        failures++
        if (failures >= attempts || !isRetryable(error)) throw error
        await pause(failures, signal)
        continue
      }
      busy++
      deadline ??= Date.now() + patienceMs
      const ms = Math.max(wanted, backOff(busy))
      if (Date.now() + ms > deadline) throw error instanceof Busy ? error.failure : error
      await wait(ms, signal)
    }
  }
}

/** Waits after the given number of failures; throws the signal's reason when aborted. */
export async function pause(failures: number, signal?: AbortSignal): Promise<void> {
  await wait(backOff(failures), signal)
}

function backOff(failures: number): number {
  const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  return longest * (0.5 + Math.random() / 2)
}

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
}

/** A `Retry-After` header in ms: seconds or a date (RFC 9110, 10.2.3); 0 where it says nothing. */
export function parseRetryAfter(header: string | undefined): number {
  if (header === undefined) return 0
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : 0
}
