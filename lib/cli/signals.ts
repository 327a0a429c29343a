import { DmError } from '../errors/dm-error.ts'

/** The exit codes of a run that a signal ended: 128 + the signal's number, as shells have it. */
export const signalExits = { SIGINT: 130, SIGTERM: 143 } as const

type Signal = keyof typeof signalExits

export interface SignalWatch {
  /** Aborts, with DM_INTERRUPTED, at the first signal. */
  readonly signal: AbortSignal
  /** Which signal came, or null. */
  readonly received: () => Signal | null
  readonly stop: () => void
}

/**
 * Turns SIGINT and SIGTERM into an abort; the run then ends in good order. A second SIGINT ends the
 * process at once: what it leaves, the next run continues from.
 */
export function watchSignals(onFirst: (signal: Signal) => void, onSecond: () => void): SignalWatch {
  const controller = new AbortController()
  let received: Signal | null = null
  const listeners = (Object.keys(signalExits) as Signal[]).map((name) => {
    const listener = (): void => {
      if (received !== null) return name === 'SIGINT' ? onSecond() : undefined
      received = name
      onFirst(name)
      controller.abort(new DmError('DM_INTERRUPTED', { signal: name }))
    }
    process.on(name, listener)
    return { name, listener }
  })
  return {
    signal: controller.signal,
    received: () => received,
    stop: () => {
      for (const { name, listener } of listeners) process.off(name, listener)
    },
  }
}
