import { setTimeout as sleep } from 'node:timers/promises'

/** A network line, the same both ways. */
export interface LineSpeed {
  /** In bit/s, for all connections together, each way. */
  readonly bitsPerSecond: number
  /** What every byte takes longer, each way, in ms. */
  readonly delayMs: number
}

/** How much may pass at once after a pause, as time on the line in ms: timers are late by as much. */
const BURST_MS = 5

/** One direction of a line, which all connections share. */
export interface Lane {
  /** Returns when so many bytes have passed onto the line; `delayMs` later they are at its end. */
  readonly enter: (bytes: number) => Promise<void>
}

/** A token bucket: whoever comes gets the next free time on the line, in the order of coming. */
export function openLane({ bitsPerSecond }: LineSpeed): Lane {
  const msPerByte = 8000 / bitsPerSecond
  let free = 0
  return {
    async enter(bytes) {
      const now = performance.now()
      free = Math.max(free, now - BURST_MS) + bytes * msPerByte
      const wait = free - now
      if (wait > 0) await sleep(wait)
    },
  }
}
