import { setTimeout as sleep } from 'node:timers/promises'

/** First pause in ms; it doubles with every further attempt. */
const FIRST_PAUSE_MS = 200
/** Longest pause in ms. */
const MAX_PAUSE_MS = 5000

export interface RetryOptions {
  /** How often to try at most, the first time included. */
  readonly attempts: number
  /** Whether trying again can help. */
  readonly isRetryable: (error: unknown) => boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs an operation until it succeeds, fails for good, or was tried `attempts` times; pauses in
 * between grow and are spread at random, so that parallel transfers do not try again all at once.
 *
 * @throws the last error; the signal's reason when aborted
 */
export async function retry<Result>(
  operation: () => Promise<Result>,
  { attempts, isRetryable, signal }: RetryOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await operation()
    } catch (error) {
      signal?.throwIfAborted()
      if (attempt >= attempts || !isRetryable(error)) throw error
    }
    await pause(attempt, signal)
  }
}

/** Waits after the given number of failures; throws the signal's reason when aborted. */
export async function pause(failures: number, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
  const ms = longest * (0.5 + Math.random() / 2)
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
}
