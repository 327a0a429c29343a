import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashObject } from '../../../../lib/store/read-object.ts'
import { createS3Store } from '../../../../lib/store/s3/s3-store.ts'
import type { Fault } from '../../../helpers/fault-proxy.ts'
import { expectFailure } from '../conformance/store-fixture.ts'
import { ACCESS, BYTES, count, onBadConnection } from './bad-connection.ts'

const faults = suite('S3 store on a bad connection')

const passing: readonly (readonly [string, Fault])[] = [
  ['breaks in the middle', { kind: 'cut-request', afterBytes: 1_000_000 }],
  ['is answered with 503', { kind: 'answer', status: 503, code: 'SlowDown' }],
  ['arrives but whose answer is lost', { kind: 'lose-answer' }],
]
for (const [name, fault] of passing) {
  faults(`a part that ${name} is sent again, and is counted once`, () =>
    onBadConnection(
      (operation, nth) => (operation === 'UploadPart' && nth === 2 ? fault : null),
      async ({ store, direct, proxy, file, stamp }) => {
        const steps: number[] = []
        const result = await store.put('a', file, {
          stamp,
          onProgress: (done) => steps.push(done),
        })
        assert.equal([result.info.bytes, result.sentBytes], [BYTES, BYTES])
        assert.is(count(proxy, 'UploadPart'), 4)
        assert.is(steps.at(-1), BYTES)
        assert.equal(
          steps,
          steps.toSorted((a, b) => a - b),
        )
        assert.is((await hashObject(direct, 'a')).sha256, stamp.sha256)
      },
    ),
  )
}

faults('a lost answer to the completion is not a failure: the object is looked at', () =>
  onBadConnection(
    (operation) => (operation === 'CompleteMultipartUpload' ? { kind: 'lose-answer' } : null),
    async ({ store, direct, file, stamp }) => {
      assert.is((await store.put('a', file, { stamp })).sentBytes, BYTES)
      assert.is((await hashObject(direct, 'a')).sha256, stamp.sha256)
    },
  ),
)

faults('a part that may not be written fails at once, stops the others and says what to do', () =>
  onBadConnection(
    (operation, nth) => {
      if (operation !== 'UploadPart') return null
      if (nth === 3) return { kind: 'answer', status: 403, code: 'SignatureDoesNotMatch' }
      return { kind: 'delay', ms: 60_000 }
    },
    async ({ store, direct, proxy, file, stamp }) => {
      const before = performance.now()
      const failure = await expectFailure(store.put('a', file, { stamp }), 'DM_STORE_KEY_REFUSED')
      assert.ok(performance.now() - before < 5000)
      assert.is(failure.exit, 1)
      assert.match(failure.hint, 'R2_SECRET_ACCESS_KEY')
      assert.not.match(`${failure.message} ${failure.hint}`, 'TOP-SECRET')
      assert.is(count(proxy, 'UploadPart'), 3)
      assert.is(count(proxy, 'AbortMultipartUpload'), 0)
      assert.is(await direct.head('a'), null)
    },
  ),
)

faults('an abort does not wait for parts that are under way', () =>
  onBadConnection(
    (operation) => (operation === 'UploadPart' ? { kind: 'delay', ms: 60_000 } : null),
    async ({ store, proxy, file, stamp }) => {
      const controller = new AbortController()
      const put = store.put('a', file, { stamp, signal: controller.signal })
      while (count(proxy, 'UploadPart') < 3) await new Promise((done) => setTimeout(done, 10))
      const before = performance.now()
      const reason = new Error('stop')
      controller.abort(reason)
      assert.is(await put.catch((error: unknown) => error), reason)
      assert.ok(performance.now() - before < 1000)
    },
  ),
)

faults('a download that breaks goes on at the byte that comes next', () =>
  onBadConnection(
    (operation, nth) =>
      operation === 'GetObject' && nth <= 2 ? { kind: 'cut-answer', afterBytes: 3_000_000 } : null,
    async ({ store, direct, proxy, file, stamp }) => {
      await direct.put('a', file, { stamp })
      assert.equal(await hashObject(store, 'a'), { sha256: stamp.sha256, bytes: BYTES })
      assert.is(count(proxy, 'GetObject'), 3)
    },
  ),
)

faults('a small request is tried again where the server is busy, not where it refuses', () =>
  onBadConnection(
    (operation, nth) => {
      if (operation !== 'HeadObject') return null
      if (nth === 1) return { kind: 'answer', status: 500, code: 'InternalError' }
      return nth === 2 ? null : { kind: 'answer', status: 403, code: 'AccessDenied' }
    },
    async ({ store, proxy }) => {
      assert.is(await store.head('nothing'), null)
      assert.is(count(proxy, 'HeadObject'), 2)
      await expectFailure(store.head('nothing'), 'DM_STORE_DENIED')
      assert.is(count(proxy, 'HeadObject'), 3)
    },
  ),
)

faults('an endpoint where nobody listens fails within seconds', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.close()
  await closed
  const endpoint = `http://127.0.0.1:${port}`
  const store = createS3Store({ bucket: 'staging', name: 'staging', endpoint, ...ACCESS })
  const before = performance.now()
  const failure = await expectFailure(store.head('a'), 'DM_STORE_UNAVAILABLE')
  assert.ok(performance.now() - before < 5000)
  assert.is(failure.exit, 1)
  assert.match(failure.message, 'ECONNREFUSED')
  assert.match(failure.message, endpoint)
})

faults.run()
