import { readFile, stat, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHttpReader } from '../../../lib/store/http/reader.ts'
import { receiveObject } from '../../../lib/store/receive-object.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import {
  serveObject,
  withWebServer,
  type Answer,
  type WebServer,
} from '../../helpers/web-server.ts'
import { sampleBytes } from './conformance/store-fixture.ts'
import { onObject, type ReceiveScene } from './receive-scene.ts'

const test = suite('lib/store/receive-object over HTTP')

const BYTES = 2_000_003
const content = sampleBytes(BYTES)

interface HttpScene extends Omit<ReceiveScene, 'store'> {
  readonly store: ReadableStore
  readonly server: WebServer
}

/** An object that a public bucket answers for in this way. */
function onPublicBucket(answer: Answer, body: (scene: HttpScene) => Promise<void>): Promise<void> {
  return withWebServer(answer, (server) =>
    onObject(content, async (scene) => {
      const store = createHttpReader({ bucket: 'production', url: server.url })
      await body({ ...scene, store, server })
    }),
  )
}

test('a public bucket is received from', () =>
  onPublicBucket(serveObject(content), async ({ store, expected, file, contents }) => {
    const result = await receiveObject(store, expected, file)
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES })
    assert.equal(await contents(), { received: content })
  }))

test('wrong bytes and a missing object leave nothing', async () => {
  const cases = [
    [serveObject(sampleBytes(BYTES, 'wrong')), 'DM_BYTES_RECEIVED_DIFFER'],
    [serveObject(Buffer.from('<html>Welcome to this network</html>')), 'DM_STORE_MISMATCH'],
    [(_: unknown, response) => response.writeHead(404).end(), 'DM_STORE_NOT_FOUND'],
    [(_: unknown, response) => response.writeHead(403).end(), 'DM_STORE_DENIED'],
  ] as const satisfies readonly (readonly [Answer, string])[]
  for (const [answer, code] of cases) {
    await onPublicBucket(answer, async ({ store, expected, file, contents }) => {
      await failure(code, async () => receiveObject(store, expected, file))
      assert.equal(await contents(), {})
    })
  }
})

test('a connection that breaks and a server that is then gone leave what was received', () => {
  let isGone = false
  return onPublicBucket(
    (_, response) => {
      if (isGone) response.writeHead(404).end()
      else {
        isGone = true
        response.writeHead(206, {
          'content-length': BYTES,
          'content-range': `bytes 0-${BYTES - 1}/${BYTES}`,
        })
        response.write(content.subarray(0, 500_000), () => setTimeout(() => response.destroy(), 20))
      }
    },
    async ({ store, expected, file }) => {
      await failure('DM_STORE_NOT_FOUND', async () => receiveObject(store, expected, file))
      const kept = await readFile(file)
      assert.ok(kept.equals(content.subarray(0, kept.length)))
    },
  )
})

test('the next run asks for what is missing', () =>
  onPublicBucket(serveObject(content), async ({ store, server, expected, file, contents }) => {
    await writeFile(file, content.subarray(0, 1_000_000))
    const result = await receiveObject(store, expected, file)
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES - 1_000_000 })
    assert.equal(
      server.requests.map(({ method, headers }) => [method, headers.range]),
      [['GET', 'bytes=1000000-2000002']],
    )
    assert.equal(await contents(), { received: content })
  }))

test('a server that ignores ranges is no obstacle to going on', () =>
  onPublicBucket(
    (_, response) => response.end(content),
    async ({ store, expected, file, contents }) => {
      await writeFile(file, content.subarray(0, 1_000_000))
      await receiveObject(store, expected, file)
      assert.equal(await contents(), { received: content })
    },
  ))

test('a server that sends more than it said is refused', () =>
  onPublicBucket(
    (_, response) => {
      // In chunks, without a length.
      response.write(content)
      response.end(content)
    },
    async ({ store, expected, file }) => {
      await failure('DM_STORE_MISMATCH', async () => receiveObject(store, expected, file))
      assert.ok((await stat(file)).size <= BYTES)
    },
  ))

test.run()
