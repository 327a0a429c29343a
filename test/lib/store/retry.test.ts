import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pause, retry } from '../../../lib/store/retry.ts'

const test = suite('lib/store/retry')

const always = (): boolean => true

/** Fails that many times, with errors that are numbered from 1, then succeeds. */
function failing(times: number): { operation: () => Promise<string>; calls: () => number } {
  let calls = 0
  return {
    operation: async () => {
      calls++
      if (calls <= times) throw new Error(`failure ${calls}`)
      return 'done'
    },
    calls: () => calls,
  }
}

async function millisecondsOf(work: Promise<unknown>): Promise<number> {
  const before = performance.now()
  await work
  return performance.now() - before
}

test('what succeeds is not repeated', async () => {
  const { operation, calls } = failing(0)
  assert.is(await retry(operation, { attempts: 3, isRetryable: always }), 'done')
  assert.is(calls(), 1)
})

test('what fails is tried again until it succeeds', async () => {
  const { operation, calls } = failing(1)
  assert.is(await retry(operation, { attempts: 3, isRetryable: always }), 'done')
  assert.is(calls(), 2)
})

test('the attempts are counted with the first, and the last error is thrown', async () => {
  const { operation, calls } = failing(9)
  const ended = retry(operation, { attempts: 2, isRetryable: always })
  assert.match(String(await ended.catch((error: unknown) => error)), 'failure 2')
  assert.is(calls(), 2)
})

test('what trying again cannot help fails at once', async () => {
  const { operation, calls } = failing(9)
  const isRetryable = (error: unknown): boolean => !String(error).includes('failure 1')
  const ended = retry(operation, { attempts: 5, isRetryable })
  assert.match(String(await ended.catch((error: unknown) => error)), 'failure 1')
  assert.is(calls(), 1)
})

test('an abort in the operation or in the pause throws its reason, and nothing is tried again', async () => {
  const reason = new Error('stop')
  const during = new AbortController()
  let calls = 0
  const aborted = retry(
    () => {
      calls++
      during.abort(reason)
      return Promise.reject(new Error('broken'))
    },
    { attempts: 5, isRetryable: always, signal: during.signal },
  )
  assert.is(await aborted.catch((error: unknown) => error), reason)

  const between = new AbortController()
  const { operation, calls: begun } = failing(9)
  setTimeout(() => between.abort(reason), 20)
  const { signal } = between
  const paused = retry(operation, { attempts: 5, isRetryable: always, signal })
  assert.is(await paused.catch((error: unknown) => error), reason)
  assert.equal([calls, begun()], [1, 1])
})

test('nothing is tried where it was aborted before', async () => {
  const reason = new Error('stop')
  const { operation, calls } = failing(0)
  const signal = AbortSignal.abort(reason)
  const ended = retry(operation, { attempts: 5, isRetryable: always, signal })
  assert.is(await ended.catch((error: unknown) => error), reason)
  assert.is(calls(), 0)
})

test('pauses begin short and grow', async () => {
  const [first, third] = await Promise.all([millisecondsOf(pause(1)), millisecondsOf(pause(3))])
  assert.ok(first >= 95 && third >= 395 && third < 1500, `${first} and ${third} ms`)
})

test('a pause ends with an abort, however long it would be', async () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  const paused = pause(30, controller.signal).catch((error: unknown) => error)
  setTimeout(() => controller.abort(reason), 10)
  assert.is(await paused, reason)
})

test.run()
