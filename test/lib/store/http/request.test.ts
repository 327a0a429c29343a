import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHttpReader } from '../../../../lib/store/http/reader.ts'
import type { ReadableStore } from '../../../../lib/store/store.ts'
import { failure } from '../../../helpers/failure.ts'
import { serveObject, withWebServer } from '../../../helpers/web-server.ts'
import { readWhole } from '../conformance/store-fixture.ts'

const test = suite('lib/store/http/request')

const content = Buffer.from('0123456789')

function open(url: string): ReadableStore {
  return createHttpReader({ bucket: 'production', url })
}

test('404 means that there is no object', () =>
  withWebServer(
    (_, response) => response.writeHead(404).end('<Error/>'),
    async ({ url }) => {
      assert.is(await open(url).head('a'), null)
      const error = await failure('DM_STORE_NOT_FOUND', () => open(url).open('a'))
      assert.equal([error.exit, error.context.key], [1, 'a'])
    },
  ))

test('401 and 403 mean that it may not be read, and are not tried again', async () => {
  for (const status of [401, 403]) {
    await withWebServer(
      (_, response) => response.writeHead(status).end(),
      async ({ url, requests }) => {
        assert.match((await failure('DM_STORE_DENIED', () => open(url).head('a'))).message, url)
        assert.is(requests.length, 1)
      },
    )
  }
})

test('what may pass is tried again: 500, 503, 429 and a broken connection', async () => {
  for (const status of [500, 503, 429, null]) {
    await withWebServer(
      (request, response, nth) => {
        if (nth > 1) serveObject(content)(request, response, nth)
        else if (status === null) request.socket.destroy()
        else response.writeHead(status).end('busy')
      },
      async ({ url, requests }) => {
        assert.is((await readWhole(open(url), 'a')).toString(), '0123456789')
        assert.is(requests.length, 2)
      },
    )
  }
})

test('what does not pass is given up after three attempts, and the reason named', () =>
  withWebServer(
    (_, response) => response.writeHead(500).end(),
    async ({ url, requests }) => {
      const error = await failure('DM_STORE_UNAVAILABLE', () => open(url).head('a'))
      assert.match(error.message, '500')
      assert.is(error.exit, 1)
      assert.is(requests.length, 3)
    },
  ))

test('a busy server is asked again when it wishes, and not where that is long', async () => {
  await withWebServer(
    (request, response, nth) => {
      if (nth > 4) serveObject(content)(request, response, nth)
      else response.writeHead(503, nth === 1 ? { 'retry-after': '1' } : {}).end()
    },
    async ({ url, requests }) => {
      const before = performance.now()
      assert.is((await open(url).head('a'))?.bytes, 10)
      assert.ok(performance.now() - before >= 1000)
      assert.is(requests.length, 5)
    },
  )
  await withWebServer(
    (_, response) => response.writeHead(429, { 'retry-after': '120' }).end(),
    async ({ url, requests }) => {
      const error = await failure('DM_STORE_BUSY', () => open(url).head('a'))
      assert.match(error.message, '429')
      assert.is(requests.length, 1)
    },
  )
})

test('any other status is a failure at once that names it', () =>
  withWebServer(
    (_, response) => response.writeHead(418).end(),
    async ({ url, requests }) => {
      assert.match((await failure('DM_STORE_FAILED', () => open(url).head('a'))).message, '418')
      assert.is(requests.length, 1)
    },
  ))

test('redirects are followed, with the range, relative ones too', () =>
  withWebServer(
    (request, response, nth) => {
      if (nth === 1) response.writeHead(302, { location: '/elsewhere/a' }).end()
      else serveObject(content)(request, response, nth)
    },
    async ({ url, requests }) => {
      assert.is((await readWhole(open(url), 'a', { start: 8 })).toString(), '89')
      assert.equal(
        requests.map((request) => [request.url, request.headers.range]),
        [
          ['/a', 'bytes=8-'],
          ['/elsewhere/a', 'bytes=8-'],
        ],
      )
    },
  ))

test('a redirect to another scheme, or to what is no URL, is refused', async () => {
  for (const location of [
    'https://127.0.0.1:1/a',
    'file:///etc/passwd',
    'ftp://host/',
    'http://[',
  ]) {
    await withWebServer(
      (_, response) => response.writeHead(302, { location }).end(),
      async ({ url, requests }) => {
        assert.match(
          (await failure('DM_STORE_FAILED', () => open(url).head('a'))).message,
          'it redirects',
        )
        assert.is(requests.length, 1)
      },
    )
  }
})

test('redirects in a circle come to an end', () =>
  withWebServer(
    (_, response) => response.writeHead(302, { location: '/a' }).end(),
    async ({ url, requests }) => {
      await failure('DM_STORE_UNAVAILABLE', () => open(url).head('a'))
      assert.ok(requests.length <= 18, `${requests.length} requests`)
    },
  ))

test('a port where nobody listens is told by the name of the error', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.close()
  await closed
  const store = open(`http://127.0.0.1:${port}`)
  assert.match(
    (await failure('DM_STORE_UNAVAILABLE', () => store.head('a'))).message,
    'ECONNREFUSED',
  )
})

test.run()
