/**
 * Memory for the parts that are in flight to one bucket, whatever they are parts of: several uploads
 * at once take no more of it than one.
 */
export interface PartBuffers {
  /**
   * A buffer of at least that size, in bytes; waits until there is one.
   *
   * @throws the signal's reason when aborted
   */
  readonly take: (bytes: number, signal: AbortSignal) => Promise<Buffer>
  readonly give: (buffer: Buffer) => void
}

/** @param most how many there are at the same time */
export function createPartBuffers(most: number): PartBuffers {
  let taken = 0
  let free: Buffer[] = []
  const waiting: (() => void)[] = []

  const waitForTurn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        waiting.splice(waiting.indexOf(wake), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', abort, { once: true })
      waiting.push(wake)
    })

  return {
    async take(bytes, signal) {
      signal.throwIfAborted()
      // Whoever is woken has the place of the one who gave.
      if (taken < most) taken++
      else await waitForTurn(signal)
      const buffer = free.pop()
      return buffer !== undefined && buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(bytes)
    },
    give(buffer) {
      free.push(buffer)
      const wake = waiting.shift()
      if (wake !== undefined) wake()
      else taken--
      // Between two uploads nothing is kept.
      if (taken === 0) free = []
    },
  }
}
