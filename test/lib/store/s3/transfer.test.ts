import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countAttempt, createProgress, planParts } from '../../../../lib/store/s3/transfer.ts'
import { eachInParallel } from '../../../../lib/store/each-in-parallel.ts'

const test = suite('lib/store/s3/transfer')

const MIB = 1024 * 1024
const TIB = 1024 * 1024 * MIB

test('parts are numbered from 1 and cover every byte once', () => {
  for (const total of [1, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 50 * MIB, 50 * MIB + 1]) {
    const parts = planParts(total, 5 * MIB)
    let offset = 0
    for (const [index, part] of parts.entries()) {
      assert.equal([part.number, part.start], [index + 1, offset])
      offset += part.bytes
    }
    assert.is(offset, total)
  }
})

test('all parts have the size that is asked for but the last, which is never empty', () => {
  assert.equal(
    planParts(12 * MIB, 5 * MIB).map(({ bytes }) => bytes / MIB),
    [5, 5, 2],
  )
  assert.equal(
    planParts(10 * MIB, 5 * MIB).map(({ bytes }) => bytes / MIB),
    [5, 5],
  )
})

test('however large the object, there are at most 10,000 parts, of one size of whole MiB', () => {
  for (const total of [10_000 * 16 * MIB, 10_000 * 16 * MIB + 1, 5 * TIB]) {
    const parts = planParts(total, 16 * MIB)
    assert.ok(parts.length <= 10_000, `${parts.length} parts`)
    const [size = 0] = parts.map(({ bytes }) => bytes)
    assert.is(size % MIB, 0)
    assert.ok(parts.slice(0, -1).every(({ bytes }) => bytes === size))
    assert.is(
      parts.reduce((sum, { bytes }) => sum + bytes, 0),
      total,
    )
  }
})

const items = Array.from({ length: 20 }, (_, index) => index)

/** What a promise ends with, be it good or bad. */
function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}

test('every item is worked on once, in order, never more than allowed at a time', async () => {
  const begun: number[] = []
  let running = 0
  let most = 0
  await eachInParallel(items, 3, undefined, async (item) => {
    begun.push(item)
    running++
    most = Math.max(most, running)
    await sleep(item % 3)
    running--
  })
  assert.equal(begun, items)
  assert.is(most, 3)
})

test('a lane works on one item at a time, so that it can keep a buffer', async () => {
  const busy = new Set<number>()
  await eachInParallel(items, 4, undefined, async (_, _signal, lane) => {
    assert.ok(lane >= 0 && lane < 4 && !busy.has(lane), `lane ${lane}`)
    busy.add(lane)
    await sleep(1)
    busy.delete(lane)
  })
})

test('without items there is nothing to do', async () => {
  await eachInParallel([], 4, undefined, () => Promise.reject(new Error('work')))
})

test('the first failure aborts the others, is what is thrown, and nothing new begins', async () => {
  const first = new Error('first')
  const begun: number[] = []
  let ended = 0
  const work = async (item: number, signal: AbortSignal): Promise<void> => {
    begun.push(item)
    try {
      if (item === 1) throw first
      await sleep(60_000, undefined, { signal })
    } finally {
      ended++
    }
  }
  assert.is(await outcome(eachInParallel(items, 3, undefined, work)), first)
  assert.equal(begun, [0, 1, 2])
  assert.is(ended, 3)
})

test('it waits for those that take their time to stop', async () => {
  let isSettled = false
  const work = async (item: number): Promise<void> => {
    if (item === 0) throw new Error('first')
    await sleep(50)
    isSettled = true
  }
  await outcome(eachInParallel([0, 1], 2, undefined, work))
  assert.ok(isSettled)
})

test('an abort from outside throws its reason', async () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  const running = eachInParallel(items, 2, controller.signal, async (item, signal) => {
    if (item === 3) controller.abort(reason)
    await sleep(5, undefined, { signal })
  })
  assert.is(await outcome(running), reason)
})

/** A progress out of 100, and what it reported. */
function watch(): { progress: ReturnType<typeof createProgress>; steps: number[] } {
  const steps: number[] = []
  const progress = createProgress(100, (done, total) => {
    assert.is(total, 100)
    steps.push(done)
  })
  return { progress, steps }
}

test('what is added up is reported, a 0 at the start too', () => {
  const { progress, steps } = watch()
  for (const bytes of [0, 10, 20, 70]) progress.add(bytes)
  assert.equal(steps, [0, 10, 30, 100])
})

test('after bytes are taken back, nothing is reported until there is more than before', () => {
  const { progress, steps } = watch()
  for (const bytes of [40, -30, 10, 20, 10, 50]) progress.add(bytes)
  assert.equal(steps, [40, 50, 100])
})

test('nobody has to listen', () => {
  createProgress(100, undefined).add(10)
})

test('a failed attempt counts for nothing, also what it sends after it failed', async () => {
  const { progress, steps } = watch()
  let late = (): void => undefined
  const failed = countAttempt(progress, async (counting) => {
    counting.add(60)
    late = () => counting.add(30)
    throw new Error('broken')
  })
  assert.match(String(await failed.catch((error: unknown) => error)), 'broken')
  late()
  const result = await countAttempt(progress, async (counting) => {
    counting.add(100)
    return 'sent'
  })
  assert.is(result, 'sent')
  assert.equal(steps, [60, 100])
})

test.run()
