import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eachInParallel } from '../../../../lib/store/s3/each-in-parallel.ts'

const test = suite('lib/store/s3/each-in-parallel')

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

test.run()
