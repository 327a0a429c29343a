import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { download } from '../../../lib/pull/download.ts'
import { createHttpReader } from '../../../lib/store/http-store.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import {
  serveObject,
  withWebServer,
  type Answer,
  type WebServer,
} from '../../helpers/web-server.ts'
import { sampleBytes } from '../store/conformance/store-fixture.ts'
import { onVersion, type PullScene } from './scene.ts'

const test = suite('lib/pull/download over HTTP')

const BYTES = 2_000_003
const content = sampleBytes(BYTES)

interface HttpScene extends Omit<PullScene, 'store'> {
  readonly store: ReadableStore
  readonly server: WebServer
}

/** A version that a public bucket answers for in this way, and an old file at the destination. */
function onPublicBucket(answer: Answer, body: (scene: HttpScene) => Promise<void>): Promise<void> {
  return withWebServer(answer, (server) =>
    onVersion(content, async (scene) => {
      await writeFile(scene.file, 'old')
      const store = createHttpReader({ bucket: 'production', url: server.url })
      await body({ ...scene, store, server })
    }),
  )
}

test('a public bucket is pulled from', () =>
  onPublicBucket(serveObject(content), async ({ store, wanted, destination, contents }) => {
    const result = await download(store, wanted, await destination())
    assert.equal(result, { bytes: BYTES, receivedBytes: BYTES })
    assert.equal(await contents(), { 'model.sqlite': content })
  }))

test('wrong bytes and a missing object leave the old file and nothing beside it', async () => {
  const cases = [
    [serveObject(sampleBytes(BYTES, 'wrong')), 'DM_BYTES_RECEIVED_DIFFER'],
    [serveObject(Buffer.from('<html>Welcome to this network</html>')), 'DM_BYTES_RECEIVED_DIFFER'],
    [(_: unknown, response) => response.writeHead(404).end(), 'DM_STORE_NOT_FOUND'],
    [(_: unknown, response) => response.writeHead(403).end(), 'DM_STORE_DENIED'],
  ] as const satisfies readonly (readonly [Answer, string])[]
  for (const [answer, code] of cases) {
    await onPublicBucket(answer, async ({ store, wanted, destination, contents }) => {
      await failure(code, async () => download(store, wanted, await destination()))
      assert.equal(await contents(), { 'model.sqlite': Buffer.from('old') })
    })
  }
})

test('a connection that breaks and a server that is then gone leave what was received', () => {
  let isGone = false
  return onPublicBucket(
    (request, response, nth) => {
      if (isGone) response.writeHead(404).end()
      else if (request.method === 'HEAD') serveObject(content)(request, response, nth)
      else {
        isGone = true
        response.writeHead(200, { 'content-length': BYTES })
        response.write(content.subarray(0, 500_000), () => setTimeout(() => response.destroy(), 20))
      }
    },
    async ({ store, wanted, file, partial, destination, contents }) => {
      await failure('DM_STORE_NOT_FOUND', async () => download(store, wanted, await destination()))
      assert.equal(Object.keys(await contents()).toSorted(), [
        path.basename(partial),
        'model.sqlite',
      ])
      assert.is(await readFile(file, 'utf8'), 'old')
      const kept = await readFile(partial)
      assert.ok(kept.equals(content.subarray(0, kept.length)))
    },
  )
})

test('the next run asks for what is missing', () =>
  onPublicBucket(
    serveObject(content),
    async ({ store, server, wanted, partial, destination, contents }) => {
      await writeFile(partial, content.subarray(0, 1_000_000))
      const result = await download(store, wanted, await destination())
      assert.equal(result, { bytes: BYTES, receivedBytes: BYTES - 1_000_000 })
      assert.equal(
        server.requests.map(({ method, headers }) => [method, headers.range]),
        [
          ['HEAD', undefined],
          ['GET', 'bytes=1000000-'],
        ],
      )
      assert.equal(await contents(), { 'model.sqlite': content })
    },
  ))

test('a server that ignores ranges is no obstacle to going on', () =>
  onPublicBucket(
    (_, response) => response.end(content),
    async ({ store, wanted, partial, destination, contents }) => {
      await writeFile(partial, content.subarray(0, 1_000_000))
      await download(store, wanted, await destination())
      assert.equal(await contents(), { 'model.sqlite': content })
    },
  ))

test('a server that sends more than it said is refused', () =>
  onPublicBucket(
    (request, response, nth) => {
      if (request.method === 'HEAD') serveObject(content)(request, response, nth)
      else response.end(Buffer.concat([content, content]))
    },
    async ({ store, wanted, file, destination }) => {
      await failure('DM_STORE_MISMATCH', async () => download(store, wanted, await destination()))
      assert.is(await readFile(file, 'utf8'), 'old')
    },
  ))

test.run()
