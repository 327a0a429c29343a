import { availableParallelism } from 'node:os'

/** Node's thread pool has so many threads, unless the environment says otherwise. */
const THREADS = 4

/**
 * How many frames are worked on at the same time: one for each core, and one more, which waits for the
 * core that is done first while this thread is busy with results.
 */
const FRAMES_AT_ONCE = Math.min(availableParallelism(), THREADS) + 1

/** How many streams of frames there are; they share the memory that one may take. */
let streams = 0

/**
 * Works on items, a few at the same time, and gives the results in the order of the items. Nothing runs
 * any more when it ends, however it ends.
 */
export async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const running: Promise<Result>[] = []
  streams++
  try {
    for await (const item of items) {
      const begun = work(item)
      // It is heard of when its turn comes.
      begun.catch(() => undefined)
      running.push(begun)
      const most = Math.max(1, Math.ceil(FRAMES_AT_ONCE / streams))
      while (running.length >= most) yield await (running.shift() as Promise<Result>)
    }
    for (const last of running) yield await last
  } finally {
    streams--
    await Promise.allSettled(running)
  }
}
