/**
 * Works through items, `concurrency` at a time. The first failure (or the signal) aborts those
 * that run; all have ended when this returns or throws.
 *
 * @param work gets a signal of its own, and the number of its lane: 0 to `concurrency` - 1
 * @throws the first failure; the signal's reason when aborted
 */
export async function eachInParallel<Item>(
  items: readonly Item[],
  concurrency: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal, lane: number) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const signals = signal === undefined ? [failed.signal] : [signal, failed.signal]
  const combined = AbortSignal.any(signals)
  const queue = items.values()
  const runLane = async (lane: number): Promise<void> => {
    try {
      for (const item of queue) {
        combined.throwIfAborted()
        await work(item, combined, lane)
      }
    } catch (error) {
      if (!failed.signal.aborted) failed.abort(signal?.aborted === true ? signal.reason : error)
    }
  }
  const lanes = Math.min(concurrency, items.length)
  await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)))
  failed.signal.throwIfAborted()
}
