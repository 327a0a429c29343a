import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashObject } from '../../../../lib/store/read-object.ts'
import { createHttpReader } from '../../../../lib/store/http/reader.ts'
import type { ReadableStore } from '../../../../lib/store/store.ts'
import { failure } from '../../../helpers/failure.ts'
import {
  serveObject,
  withWebServer,
  type Answer,
  type WebServer,
} from '../../../helpers/web-server.ts'
import { readWhole, sampleBytes, sha256 } from '../conformance/store-fixture.ts'

const test = suite('lib/store/http/reader')

const content = Buffer.from('0123456789')

/** Runs a body with a reader of a bucket that answers like that. */
function onBucket(
  answer: Answer,
  body: (scene: { store: ReadableStore; server: WebServer }) => Promise<void>,
): Promise<void> {
  return withWebServer(answer, (server) =>
    body({ store: createHttpReader({ bucket: 'production', url: server.url }), server }),
  )
}

test('size, stamp and time are read from the headers', () => {
  const headers = {
    'x-amz-meta-sha256': sha256(content),
    'x-amz-meta-repository': 'owner/data',
    'x-amz-meta-content': sha256('plain'),
    'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
  }
  return onBucket(serveObject(content, headers), async ({ store, server }) => {
    assert.equal(await store.head('a.sqlite'), {
      key: 'a.sqlite',
      bytes: 10,
      sha256: sha256(content),
      repository: 'owner/data',
      bucket: null,
      content: sha256('plain'),
      modified: new Date('2026-01-02T03:04:05Z'),
    })
    assert.is(server.requests[0]?.method, 'HEAD')
  })
})

test('a bucket without our stamp has an unknown hash, and one that is no hash counts as none', () =>
  onBucket(
    serveObject(content, { 'x-amz-meta-sha256': 'ABC', 'x-amz-meta-content': 'ABC' }),
    async ({ store }) => {
      const info = await store.head('a')
      assert.equal([info?.sha256, info?.repository, info?.content], [null, null, null])
    },
  ))

test('where a HEAD does not tell the size, the first byte does', () =>
  onBucket(
    (request, response, nth) =>
      request.method === 'HEAD' ? response.end() : serveObject(content)(request, response, nth),
    async ({ store, server }) => {
      assert.is((await store.head('a'))?.bytes, 10)
      assert.is(server.requests[1]?.headers.range, 'bytes=0-0')
    },
  ))

test('a size that nothing tells is a failure, not a 0', () =>
  onBucket(
    (_, response) => {
      // In chunks, without a length.
      response.write('01234')
      response.end('56789')
    },
    async ({ store }) => {
      assert.match((await failure('DM_STORE_FAILED', () => store.head('a'))).message, 'its size')
    },
  ))

test('the bytes and ranges of them are read, and nothing is asked for compressed', () =>
  onBucket(serveObject(content), async ({ store, server }) => {
    const read = async (range: { start?: number; end?: number }): Promise<string> =>
      (await readWhole(store, 'a', range)).toString()
    assert.is(await read({}), '0123456789')
    assert.is(await read({ start: 2, end: 4 }), '234')
    assert.is(await read({ start: 1 }), '123456789')
    assert.is(await read({ end: 3 }), '0123')
    await store.head('a')
    assert.equal(
      server.requests.map(({ headers }) => headers.range),
      [undefined, 'bytes=2-4', 'bytes=1-', 'bytes=0-3', undefined],
    )
    // fetch adds another one where there is a range.
    for (const { headers } of server.requests) {
      assert.match(String(headers['accept-encoding']), /^identity(, identity)?$/)
    }
  }))

test('a server that ignores ranges is read all the same', () => {
  const large = sampleBytes(300_000)
  const whole: Answer = (_, response) => response.end(large)
  return onBucket(whole, async ({ store }) => {
    for (const [start, end] of [
      [2, 4],
      [150_000, undefined],
      [0, 9],
      [70_000, 299_999],
    ] as const) {
      const range = { start, ...(end === undefined ? {} : { end }) }
      const expected = large.subarray(start, end === undefined ? undefined : end + 1)
      assert.ok((await readWhole(store, 'a', range)).equals(expected), `${start}-${end}`)
    }
  })
})

test('a server that sends another range than the one asked for is refused', async () => {
  for (const range of [
    'bytes 0-9/10',
    'bytes 3-8/10',
    'bytes 3-2/10',
    'bytes 3-2/3',
    'bytes 3-2/*',
    'bytes 3-',
    'items 3-9/10',
    '',
  ]) {
    await onBucket(
      (_, response) => response.writeHead(206, { 'content-range': range }).end('0123456789'),
      async ({ store }) => {
        const error = await failure('DM_STORE_FAILED', () => store.open('a', { start: 3 }))
        assert.match(error.message, 'range')
      },
    )
  }
})

test('a part that nobody asked for is refused', () =>
  onBucket(
    (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end('0123456789'),
    async ({ store }) => void (await failure('DM_STORE_FAILED', () => store.open('a'))),
  ))

test('a connection that breaks is opened again at the byte that comes next', () => {
  const large = sampleBytes(300_000)
  return onBucket(
    (request, response, nth) => {
      if (request.method === 'HEAD' || nth > 2) return serveObject(large)(request, response, nth)
      response.writeHead(200, { 'content-length': large.length })
      response.write(large.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
    },
    async ({ store, server }) => {
      assert.is((await hashObject(store, 'a')).sha256, sha256(large))
      assert.is(server.requests[2]?.headers.range, 'bytes=100000-')
    },
  )
})

test('a key is part of the path as it is, whatever characters it has', () =>
  withWebServer(serveObject(content), async (server) => {
    const store = createHttpReader({ bucket: 'production', url: `${server.url}sub` })
    await store.head('a b/ü#?%20+&/v1.sqlite')
    assert.is(server.requests[0]?.url, '/sub/a%20b/%C3%BC%23%3F%2520%2B%26/v1.sqlite')
    for (const key of ['../a', '/a', 'a//b', '']) {
      await failure('DM_STORE_KEY', () => store.head(key))
      await failure('DM_STORE_KEY', () => store.open(key))
    }
    assert.is(server.requests.length, 1)
  }))

test('an abort throws its reason, before the answer and in the middle of it', () =>
  onBucket(
    (request, response) => {
      if (request.method === 'GET') response.writeHead(200).write('01234')
    },
    async ({ store, server }) => {
      const reason = new Error('stop')
      const controller = new AbortController()
      const heading = store.head('a', { signal: controller.signal })
      while (server.requests.length === 0) await new Promise((done) => setTimeout(done, 5))
      controller.abort(reason)
      assert.is(await heading.catch((error: unknown) => error), reason)

      const second = new AbortController()
      const stream = await store.open('a', { signal: second.signal })
      const reading = Array.fromAsync(stream)
      second.abort(reason)
      assert.is(await reading.catch((error: unknown) => error), reason)
    },
  ))

test.run()
