import { availableParallelism } from 'node:os'

/** Node's thread pool has so many threads, unless the environment says otherwise. */
const THREADS = 4

/**
 * How many frames are worked on at the same time: one for each core, and one more, which waits for the
 * core that is done first while this thread is busy with results.
 */
export const FRAMES_AT_ONCE = Math.min(availableParallelism(), THREADS) + 1

/**
 * Works on items, at most `FRAMES_AT_ONCE` at the same time, and gives the results in the order of the
 * items. Nothing runs any more when it ends, however it ends.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const begun = work(item)
      // It is heard of when its turn comes.
      begun.catch(() => undefined)
      running.push(begun)
      const first = running.length < FRAMES_AT_ONCE ? undefined : running.shift()
      if (first !== undefined) yield await first
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next
  } finally {
    await Promise.allSettled(running)
  }
}
