import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import { openStores, type Stores } from '../../../lib/store/open-stores.ts'
import type { ReadableStore } from '../../../lib/store/store.ts'
import { failure } from '../../helpers/failure.ts'
import { startForwardProxy } from '../../helpers/forward-proxy.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { startS3Server } from '../../helpers/s3-server.ts'
import { serveObject, withWebServer } from '../../helpers/web-server.ts'
import { readWhole, sha256 } from './conformance/store-fixture.ts'

const test = suite('lib/store/open-stores')

const keys = { R2_ACCESS_KEY_ID: 'id', R2_SECRET_ACCESS_KEY: 'top-secret' }

/** The stores of a config, as it stands in its file. */
function stores(config: object, env: Record<string, string> = {}, folder = '/repository'): Stores {
  return openStores({
    config: parseConfig(config, 'datamanager.config.json'),
    env,
    root: folder,
    commonDir: path.join(folder, '.git'),
    repository: 'owner/data',
  })
}

function s3(endpoint: string, buckets: object = {}): object {
  const all = {
    staging: { name: 'the-staging' },
    production: { name: 'the-production' },
    ...buckets,
  }
  return { storage: { type: 's3', endpoint }, buckets: all }
}

test('without a storage the objects lie below the common git folder, a folder per bucket', () =>
  inFolder(async (folder) => {
    const embedded = stores({}, {}, folder)
    assert.ok(embedded.isEmbedded)
    const local = path.join(folder, 'local')
    await writeFile(local, 'content')
    const stamp = { sha256: sha256('content') }
    await embedded.open('staging').put('a/b', local, { stamp })
    const stored = path.join(folder, '.git/datamanager/store/staging/a/b')
    assert.is(await readFile(stored, 'utf8'), 'content')
    assert.is((await readWhole(embedded.openForReading('staging'), 'a/b')).toString(), 'content')
    assert.is(await embedded.open('production').head('a/b'), null)
  }))

test(`a folder's path counts from the data repository, and a bucket can have another name there`, () => {
  const buckets = {
    staging: {},
    production: { name: 'released', url: 'https://data.example.org/' },
  }
  const inside = stores({ storage: { type: 'folder', path: 'objects' }, buckets })
  assert.not.ok(inside.isEmbedded)
  assert.is(inside.open('staging').location, '/repository/objects/staging')
  assert.is(inside.open('production').location, '/repository/objects/released')
  // Its url is for others: the folder is at hand.
  assert.is(inside.openForReading('production').location, '/repository/objects/released')
  const absolute = stores({ storage: { type: 'folder', path: '/srv/objects' }, buckets })
  assert.is(absolute.open('staging').location, '/srv/objects/staging')
})

test('a bucket that the config does not have is unknown, whatever it is called', async () => {
  for (const bucket of ['nowhere', 'constructor', '__proto__', 'toString', '']) {
    const { open, openForReading } = stores(s3('https://s3.example.org'), keys)
    const error = await failure('DM_UNKNOWN_BUCKET', () => open(bucket))
    assert.is(error.exit, 2)
    assert.match(error.hint + error.message, 'production')
    await failure('DM_UNKNOWN_BUCKET', () => openForReading(bucket))
  }
})

test('without keys a bucket cannot be opened, and the variables to set are named', async () => {
  const own = { accessKeyId: 'OWN_ID', secretAccessKey: 'OWN_SECRET' }
  const { open, openForReading } = stores(
    s3('https://s3.example.org', { own: { credentials: own } }),
    {
      R2_ACCESS_KEY_ID: 'only-half',
    },
  )
  for (const opened of [open, openForReading]) {
    const error = await failure('DM_STORE_NO_CREDENTIALS', () => opened('staging'))
    assert.is(error.exit, 1)
    for (const name of ['R2_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', '.env']) {
      assert.match(error.hint, name)
    }
    const ofOwn = await failure('DM_STORE_NO_CREDENTIALS', () => opened('own'))
    assert.match(ofOwn.hint, 'OWN_ID and OWN_SECRET')
    assert.not.match(ofOwn.hint, 'R2_')
  }
})

test('a public bucket is read by plain HTTP where there are no keys, but not written', () =>
  withWebServer(serveObject(Buffer.from('public')), async ({ url, requests }) => {
    const config = s3('http://127.0.0.1:1', { production: { name: 'the-production', url } })
    const { open, openForReading } = stores(config)
    const reader = openForReading('production')
    assert.equal([reader.location, reader.bucket], [url, 'production'])
    assert.is((await readWhole(reader, 'a')).toString(), 'public')
    assert.not.ok(requests.some(({ headers }) => headers.authorization !== undefined))
    await failure('DM_STORE_NO_CREDENTIALS', () => open('production'))
  }))

test('with keys, a public bucket is read at the endpoint, under its own name and no key shown', () => {
  const config = s3('https://s3.example.org', {
    production: { name: 'the-production', url: 'https://data.example.org/' },
  })
  const { location } = stores(config, keys).openForReading('production')
  assert.is(location, 's3://the-production at https://s3.example.org')
})

test('a public bucket stays readable whatever keys are around', async () => {
  const server = await startS3Server(['the-production'])
  try {
    const { accessKeyId, secretAccessKey } = server.credentials
    await withWebServer(serveObject(Buffer.from('public')), async ({ url, requests }) => {
      const config = s3(server.endpoint, { production: { name: 'the-production', url } })
      const read = (env: Record<string, string>): ReadableStore =>
        stores(config, env).openForReading('production')
      const wrong = read({ R2_ACCESS_KEY_ID: 'nobody', R2_SECRET_ACCESS_KEY: 'secret' })
      assert.match(wrong.location, server.endpoint)
      assert.is((await readWhole(wrong, 'a')).toString(), 'public')
      assert.is(wrong.location, url)
      assert.is((await wrong.head('a'))?.bytes, 6)
      const unusable = read({ R2_ACCESS_KEY_ID: 'a b', R2_SECRET_ACCESS_KEY: 'secret' })
      assert.is((await unusable.head('a'))?.bytes, 6)
      assert.equal([unusable.location, requests.length], [url, 3])
      // Where the key is good, what it says counts.
      const good = read({ R2_ACCESS_KEY_ID: accessKeyId, R2_SECRET_ACCESS_KEY: secretAccessKey })
      assert.is(await good.head('a'), null)
      assert.is(requests.length, 3)
    })
  } finally {
    await server.stop()
  }
})

test('a store that cannot be reached is no reason to read a public bucket otherwise', () =>
  withWebServer(serveObject(Buffer.from('public')), async ({ url, requests }) => {
    const config = s3('http://127.0.0.1:1', { production: { name: 'the-production', url } })
    const reader = stores(config, keys).openForReading('production')
    await failure('DM_STORE_UNAVAILABLE', () => reader.head('a'))
    assert.is(requests.length, 0)
  }))

test('the staging store is there by its name, and says at once where the keys are missing', async () => {
  const there = stores({})
  assert.is(there.staging.bucket, 'staging')
  assert.is(there.staging.repository, 'owner/data')
  const other = stores({ ...s3('https://s3.example.org', { waiting: {} }), staging: 'waiting' })
  await failure('DM_STORE_NO_CREDENTIALS', () => other.staging)
})

test('a bucket is opened once: whoever asks again shares its connections', async () => {
  for (const config of [{}, s3('https://s3.example.org')]) {
    const there = stores(config, keys)
    assert.is(there.open('production'), there.open('production'))
    assert.is(there.staging, there.open('staging'))
    assert.is.not(there.staging, there.open('production'))
    for (const _ of [1, 2]) await failure('DM_UNKNOWN_BUCKET', () => there.open('nowhere'))
  }
})

test('proxies of the environment are for the stores of a config too', async () => {
  const server = await startS3Server(['the-staging'])
  const proxy = await startForwardProxy(new URL(server.endpoint))
  try {
    const { accessKeyId, secretAccessKey } = server.credentials
    const env = {
      R2_ACCESS_KEY_ID: accessKeyId,
      R2_SECRET_ACCESS_KEY: secretAccessKey,
      HTTP_PROXY: proxy.url,
    }
    const url = 'http://127.0.0.1:1/'
    const config = s3('http://s3.internal.invalid', { open: { name: 'opened', url } })
    assert.is(await stores(config, env).staging.head('a'), null)
    const bare = { HTTP_PROXY: proxy.url }
    await stores(config, bare)
      .openForReading('open')
      .head('a')
      .catch(() => undefined)
    assert.equal(
      proxy.asked.map((line) => line.split(' ')[1]),
      ['http://s3.internal.invalid/the-staging/a', 'http://127.0.0.1:1/a'],
    )
  } finally {
    await proxy.stop()
    await server.stop()
  }
})

test('requests are signed for the region of the config, for `auto` where it names none', () =>
  withWebServer(serveObject(Buffer.from('x')), async ({ url, requests }) => {
    const buckets = { staging: {}, production: {} }
    for (const region of [{}, { region: 'eu-central-1' }]) {
      const config = { storage: { type: 's3', endpoint: url, ...region }, buckets }
      await stores(config, keys)
        .staging.head('a')
        .catch(() => undefined)
    }
    const scopes = requests.map(({ headers: { authorization = '' } }) => {
      return /\/([^/]+)\/s3\/aws4_request/.exec(authorization)?.[1]
    })
    assert.equal([...new Set(scopes)], ['auto', 'eu-central-1'])
  }))

test('the keys of the environment are those that a server is asked with', async () => {
  const server = await startS3Server(['the-staging'])
  try {
    const { accessKeyId, secretAccessKey } = server.credentials
    const env = { R2_ACCESS_KEY_ID: accessKeyId, R2_SECRET_ACCESS_KEY: secretAccessKey }
    assert.is(await stores(s3(server.endpoint), env).open('staging').head('a'), null)
    const other = { ...env, R2_ACCESS_KEY_ID: 'nobody' }
    await failure('DM_STORE_KEY_REFUSED', () =>
      stores(s3(server.endpoint), other).open('staging').head('a'),
    )
  } finally {
    await server.stop()
  }
})

test.run()
