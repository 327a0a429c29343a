import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createHttpReader } from '../../../lib/store/http/reader.ts'
import { findRoute } from '../../../lib/store/network.ts'
import { createS3Store } from '../../../lib/store/s3/s3-store.ts'
import type { ReadableStore, Store } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { startForwardProxy } from '../../helpers/forward-proxy.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { startS3Server } from '../../helpers/s3-server.ts'
import { CERTIFICATE, withTlsServer } from '../../helpers/tls-server.ts'
import { serveObject, withWebServer } from '../../helpers/web-server.ts'
import { readWhole } from './conformance/store-fixture.ts'

const test = suite('lib/store/network')

type Env = Record<string, string>

/** Which proxy a request to that URL takes. */
async function proxyOf(url: string, env: Env): Promise<string | null> {
  return (await findRoute(new URL(url), env)).proxy
}

function openS3(endpoint: string, env: Env): Store {
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  return createS3Store({
    bucket: 'staging',
    name: 'staging',
    repository: 'owner/data',
    region: 'us-east-1',
    endpoint,
    credentials,
    env,
  })
}

function openHttp(url: string, env: Env): ReadableStore {
  return createHttpReader({ bucket: 'production', url, env })
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = once(server, 'close')
  server.close()
  await closed
  return port
}

test('the proxy is that of the scheme, in lower case before upper case, else that of all', async () => {
  const env = { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:2', HTTP_PROXY: 'plain:3' }
  assert.is(await proxyOf('https://s3.example.org', env), 'http://low:1')
  assert.is(await proxyOf('http://s3.example.org', env), 'http://plain:3')
  assert.is(
    await proxyOf('https://s3.example.org', { HTTPS_PROXY: 'https://up:2' }),
    'https://up:2',
  )
  assert.is(await proxyOf('https://s3.example.org', { ALL_PROXY: 'http://all:4' }), 'http://all:4')
  assert.is(await proxyOf('http://s3.example.org', { all_proxy: 'http://all:4' }), 'http://all:4')
  assert.is(await proxyOf('https://s3.example.org', { HTTP_PROXY: 'http://plain:3' }), null)
  assert.is(await proxyOf('https://s3.example.org', { HTTPS_PROXY: '' }), null)
})

test('NO_PROXY names hosts, domains, networks or all', async () => {
  const exempt: readonly (readonly [string, string])[] = [
    ['https://s3.example.org', 's3.example.org'],
    ['https://s3.example.org', 'other, EXAMPLE.org'],
    ['https://s3.example.org', '.example.org'],
    ['https://s3.example.org', '*.example.org'],
    ['https://s3.example.org', 'a b *'],
    ['https://s3.example.org:8443', 'example.org:8443'],
    ['https://s3.example.org', 'example.org:443'],
    ['http://10.1.2.3:9000', '10.0.0.0/8'],
    ['http://10.1.2.3:9000', '10.1.2.3'],
    ['http://[fd00::1]:9000', 'fd00::/8'],
    ['http://[::1]:9000', '::1'],
    ['http://localhost:9000', 'localhost'],
  ]
  for (const [url, list] of exempt) {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      assert.is(
        await proxyOf(url, { ALL_PROXY: 'http://all:4', [name]: list }),
        null,
        `${url} ${list}`,
      )
    }
  }
  const others: readonly (readonly [string, string])[] = [
    ['https://s3.example.org', 'ample.org'],
    ['https://s3.example.org', 'example.org.evil'],
    ['https://s3.example.org', 'example.org:444'],
    ['https://example.org', 's3.example.org'],
    ['http://10.1.2.3:9000', '11.0.0.0/8'],
    ['http://10.1.2.3:9000', '10.0.0.0/99'],
    ['http://10.1.2.3:9000', '10.0.0.0/x8'],
    ['http://10.1.2.3:9000', 'example.org/8'],
    ['http://10.1.2.3:9000', 'fd00::/8'],
    ['http://[fd00::1]:9000', '10.0.0.0/8'],
    ['https://s3.example.org', '10.0.0.0/8'],
    ['https://s3.example.org', 'example.org/8'],
    ['http://10.1.2.3:9000', '10.0.0.0'],
    ['https://s3.example.org', ''],
  ]
  for (const [url, list] of others) {
    const env = { ALL_PROXY: 'http://all:4', NO_PROXY: list }
    assert.is(await proxyOf(url, env), 'http://all:4', `${url} ${list}`)
  }
})

test('a proxy that cannot be used is refused by the name of its variable, its password unsaid', async () => {
  const url = new URL('https://s3.example.org')
  for (const value of ['socks5://u:secret@proxy:1080', 'http://u:secret@', '::']) {
    const error = await failure('DM_ENVIRONMENT_INVALID', () =>
      findRoute(url, { HTTPS_PROXY: value }),
    )
    assert.is(error.exit, 2)
    assert.match(error.message, 'HTTPS_PROXY')
    assert.not.match(`${error.message} ${error.hint}`, 'secret')
  }
  assert.is(
    await proxyOf('https://x.org', { HTTPS_PROXY: 'http://u:secret@proxy:1' }),
    'http://proxy:1',
  )
})

test('a store and a public bucket are reached through the proxy, and past it where it is exempt', async () => {
  const server = await startS3Server(['staging'])
  const proxy = await startForwardProxy(new URL(server.endpoint))
  try {
    const env = { HTTP_PROXY: proxy.url }
    const store = openS3('http://s3.internal.invalid', env)
    assert.is(await store.head('a'), null)
    assert.is(proxy.asked[0], 'HEAD http://s3.internal.invalid/staging/a')
    assert.is(await openHttp('http://data.internal.invalid/staging', env).head('b'), null)
    assert.is(proxy.asked[1], 'HEAD http://data.internal.invalid/staging/b')
    assert.is(await openS3(server.endpoint, { ...env, NO_PROXY: '127.0.0.1' }).head('a'), null)
    assert.is(proxy.asked.length, 2)
  } finally {
    await proxy.stop()
    await server.stop()
  }
})

test('TLS goes through the proxy to the end: nobody between can read it', () =>
  withTlsServer(serveOne, (url) =>
    inFolder(async (folder) => {
      const bundle = path.join(folder, 'ca.pem')
      await writeFile(bundle, CERTIFICATE)
      const proxy = await startForwardProxy(url)
      try {
        const env = { HTTPS_PROXY: proxy.url, AWS_CA_BUNDLE: bundle }
        assert.is((await readWhole(openHttp(url.href, env), 'a')).toString(), 'public')
        assert.is((await openS3(url.origin, env).head('a'))?.bytes, 6)
        assert.equal(new Set(proxy.asked), new Set([`CONNECT ${url.host}`]))
      } finally {
        await proxy.stop()
      }
    }),
  ))

test('a proxy where nobody listens is what the message names, without its password', async () => {
  const port = await closedPort()
  const env = { HTTP_PROXY: `http://user:secret@127.0.0.1:${port}` }
  for (const store of [
    openS3('http://s3.internal.invalid', env),
    openHttp('http://data.internal.invalid', env),
  ]) {
    const error = await failure('DM_STORE_UNAVAILABLE', () => store.head('a'))
    assert.match(error.message, `ECONNREFUSED, through the proxy http://127.0.0.1:${port}`)
    assert.not.match(error.message, 'secret')
  }
})

const serveOne = (
  request: Parameters<ReturnType<typeof serveObject>>[0],
  response: Parameters<ReturnType<typeof serveObject>>[1],
): void => serveObject(Buffer.from('public'))(request, response, 1)

test('a certificate that nobody trusts is named, and nothing is sent', () =>
  withTlsServer(serveOne, async (url) => {
    for (const store of [openS3(url.origin, {}), openHttp(url.href, {})]) {
      const error = await failure('DM_STORE_CERTIFICATE', () => store.head('a'))
      assert.match(error.message, 'DEPTH_ZERO_SELF_SIGNED_CERT')
      assert.match(error.hint, 'NODE_EXTRA_CA_CERTS')
    }
  }))

test(`a company's certificates are those of either variable, or of the machine`, () =>
  withTlsServer(serveOne, (url) =>
    inFolder(async (folder) => {
      const bundle = path.join(folder, 'ca.pem')
      await writeFile(bundle, CERTIFICATE)
      const given = { AWS_CA_BUNDLE: bundle }
      assert.is((await openS3(url.origin, given).head('a'))?.bytes, 6)
      assert.is((await openHttp(url.href, given).head('a'))?.bytes, 6)
      // Those of the machine are not read for it.
      const { agent } = await findRoute(url, given)
      const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage]
      response.resume()
      agent.destroy()
      const source = `
        import { createHttpReader } from './lib/store/http/reader.ts'
        import { createS3Store } from './lib/store/s3/s3-store.ts'
        const url = '${url.href}'
        const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
        const names = { bucket: 'staging', name: 'staging', repository: 'owner/data' }
        const s3 = createS3Store({ ...names, region: 'auto', endpoint: url, credentials })
        const http = createHttpReader({ bucket: 'production', url })
        for (const store of [s3, http]) {
          // Several at a time find out that the machine has to be asked.
          const found = await Promise.all([1, 2, 3, 4].map(() => store.head('a')))
          console.log(found.map(({ bytes }) => bytes).join(' '))
        }`
      const runs = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].map((variable) =>
        runInNode(source, { env: { PATH: process.env['PATH'] ?? '', [variable]: bundle } }),
      )
      const all = '6 6 6 6\n'.repeat(2)
      assert.equal(await Promise.all(runs), [all, all])
    }),
  ))

test('certificates that cannot be read are refused by the name of their variable', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'ca.pem')
    const url = new URL('https://s3.example.org')
    const env = { AWS_CA_BUNDLE: file }
    assert.match(
      (await failure('DM_ENVIRONMENT_INVALID', () => findRoute(url, env))).message,
      'AWS_CA_BUNDLE',
    )
    await writeFile(file, '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n')
    await failure('DM_ENVIRONMENT_INVALID', () => findRoute(url, env))
  }))

test('a redirect to another host takes the route of that host', () =>
  withWebServer(serveObject(Buffer.from('there')), ({ url: there, requests }) =>
    withWebServer(
      (_, response) => response.writeHead(302, { location: `${there}a` }).end(),
      async ({ url }) => {
        const host = new URL(there).host
        const proxy = `http://127.0.0.1:${await closedPort()}`
        const env = { HTTP_PROXY: proxy, NO_PROXY: new URL(url).host }
        await failure('DM_STORE_UNAVAILABLE', () => openHttp(url, env).head('a'))
        const both = { HTTP_PROXY: proxy, NO_PROXY: `${new URL(url).host},${host}` }
        assert.is((await openHttp(url, both).head('a'))?.bytes, 5)
        assert.is(requests.length, 1)
      },
    ),
  ))

test.run()
