import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRetryAfter, pause, retry } from '../../../lib/store/retry.ts'

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

/** Is busy that many times, each time asking for that pause, then fails once, then succeeds. */
function busy(times: number): { operation: () => Promise<string>; calls: () => number } {
  let calls = 0
  return {
    operation: async () => {
      calls++
      if (calls <= times) throw new Error('busy')
      if (calls === times + 1) throw new Error('failure')
      return 'done'
    },
    calls: () => calls,
  }
}

const readBusy = (ms: number) => (error: unknown) => (String(error).includes('busy') ? ms : null)

test('what a busy server refuses counts for no attempt', async () => {
  const { operation, calls } = busy(4)
  const options = { attempts: 2, isRetryable: always, readBusy: readBusy(0) }
  assert.is(await retry(operation, options), 'done')
  assert.is(calls(), 6)
})

test('a busy server is asked as long as there is patience, and not before the time it names', async () => {
  const { operation, calls } = busy(Infinity)
  const options = { attempts: 9, isRetryable: always, readBusy: readBusy(300), patienceMs: 700 }
  const ended = retry(operation, options).catch(String)
  const ms = await millisecondsOf(ended)
  assert.is(await ended, 'Error: busy')
  assert.ok(calls() >= 2 && calls() <= 3, String(calls()))
  assert.ok(ms >= 295 && ms < 1500, `${ms} ms`)
  // Where the time that it names is beyond all patience, there is no waiting for it.
  const long = { ...options, readBusy: readBusy(60_000) }
  assert.ok((await millisecondsOf(retry(operation, long).catch(String))) < 100)
})

test('a busy server is asked for 25 s unless somebody says otherwise', async () => {
  const { operation } = busy(Infinity)
  const controller = new AbortController()
  const { signal } = controller
  const ask = (ms: number): Promise<unknown> =>
    retry(operation, { attempts: 1, isRetryable: always, readBusy: readBusy(ms), signal }).catch(
      (error: unknown) => error,
    )
  assert.match(String(await ask(25_500)), 'busy')
  const reason = new Error('stop')
  const waiting = ask(24_000)
  setTimeout(() => controller.abort(reason), 20)
  assert.is(await waiting, reason)
})

test('a header says how long to wait in seconds or as a date', () => {
  assert.is(parseRetryAfter('2'), 2000)
  const ms = parseRetryAfter(new Date(Date.now() + 5000).toUTCString())
  assert.ok(ms > 3000 && ms <= 5000, `${ms}`)
  for (const none of [undefined, '', 'soon', '-1', new Date(0).toUTCString()]) {
    assert.is(parseRetryAfter(none), 0)
  }
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
