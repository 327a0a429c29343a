import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBucket, type S3Access } from '../helpers/buckets.ts'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dm, dmFailure, dmJson } from '../helpers/dm.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'

const test = suite('dm pull')

interface Scene extends DataRepository {
  readonly folder: string
  readonly access: S3Access
  /** Holds the keys. */
  readonly env: Record<string, string>
  /** The database that was published as v1. */
  readonly file: string
  /** Where the pulled file goes. */
  readonly output: string
}

/** A version that was published to an S3 server. */
function onPublished(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
      try {
        const repository = await createDataRepository(folder)
        const { work, merge } = repository
        await work.write({ 'datamanager.config.json': s3Config(access.endpoint, access.region) })
        const env = s3Environment(access.credentials)
        const file = await createTemoaDatabase(folder, 'model.sqlite', 5000)
        await dmJson(work.folder, ['prepare', 'model.sqlite', file], { env })
        await merge('data/model-v1')
        await dmJson(work.folder, ['publish'], { env })
        const output = path.join(folder, 'pulled.sqlite')
        await body({ ...repository, folder, access, env, file, output })
      } finally {
        await stop()
      }
    })
}

test(
  'without keys a public bucket is read by plain HTTP, uncompressed',
  onPublished(async ({ work, access, file, output }) => {
    const requests: IncomingMessage[] = []
    const server = createServer((request, response) => {
      requests.push(request)
      const key = decodeURIComponent((request.url ?? '').slice('/data/'.length))
      const store = openBucket(access, 'production')
      const serve = async (): Promise<void> => {
        const info = await store.head(key)
        if (info === null) return void response.writeHead(404).end()
        response.writeHead(200, { 'content-length': info.bytes })
        if (request.method === 'HEAD') response.end()
        else await pipeline(await store.open(key), response)
      }
      serve().catch(() => response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const config = JSON.parse(s3Config(access.endpoint)) as { buckets: { production: object } }
      Object.assign(config.buckets.production, { url: `http://127.0.0.1:${port}/data` })
      await work.write({ 'datamanager.config.json': JSON.stringify(config) })
      const pulled = await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output])
      const bytes = await readFile(file)
      assert.is(pulled['receivedBytes'], bytes.length)
      assert.ok((await readFile(output)).equals(bytes))
      for (const { headers } of requests) {
        assert.is(headers['accept-encoding'], 'identity')
        assert.is(headers.authorization, undefined)
      }
    } finally {
      server.close()
    }
  }),
)

test(
  'without keys a private bucket says which variables to set',
  onPublished(async ({ work, output }) => {
    const expected = { exit: 1, code: 'DM_STORE_NO_CREDENTIALS' }
    const pull = ['pull', 'model.sqlite', '-o', output]
    const { hint } = await dmFailure(work.folder, pull, expected)
    assert.match(hint, 'R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY')
  }),
)

test(
  'what is there already is not received again; keys come from a .env too, and never override',
  onPublished(async ({ work, env, output }) => {
    const dotenv = Object.entries(env).map(([name, value]) => `${name}=${value}\n`)
    await work.write({ '.env': dotenv.join('') })
    const pull = ['pull', 'model.sqlite', '-o', output]
    await dmJson(work.folder, pull)
    assert.is((await dmJson(work.folder, pull))['receivedBytes'], 0)
    await writeFile(output, 'something else')
    const wrong = { env: { R2_ACCESS_KEY_ID: 'UNKNOWN' } }
    await dmFailure(work.folder, pull, { exit: 1, code: 'DM_STORE_KEY_REFUSED' }, wrong)
    assert.is(await readFile(output, 'utf8'), 'something else')
  }),
)

test(
  '--ref pulls what a branch proposes, from staging',
  onPublished(async ({ work, folder, env, output }) => {
    const next = await createTemoaDatabase(folder, 'next.sqlite', 10)
    await dmJson(work.folder, ['prepare', 'model.sqlite', next], { env })
    const pull = ['pull', 'model.sqlite', '--ref', 'data/model-v2', '-o', output]
    assert.is((await dmJson(work.folder, pull, { env }))['version'], 'v2')
    assert.ok((await readFile(output)).equals(await readFile(next)))
  }),
)

test(
  'bytes that are not those of the manifest never reach the destination',
  onPublished(async ({ work, folder, access, env, output }) => {
    const store = openBucket(access, 'production')
    const other = await createTemoaDatabase(folder, 'other.sqlite', 9)
    for await (const { key } of store.list('')) {
      await store.remove(key)
      await store.put(key, other, { stamp: { sha256: 'a'.repeat(64) } }).catch(() => undefined)
    }
    await writeFile(output, 'an old file')
    const before = await readdir(folder)
    const run = await dm(work.folder, ['pull', 'model.sqlite', '-o', output, '--json'], { env })
    assert.ok(run.exit === 3 || run.exit === 1, String(run.exit))
    assert.is(await readFile(output, 'utf8'), 'an old file')
    assert.equal(await readdir(folder), before)
  }),
)

test(
  'offline, what was last fetched is used, and that is said',
  onPublished(async ({ work, env, output }) => {
    await work.git('remote', 'set-url', 'origin', '/nowhere/at/all.git')
    const pulled = await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output], { env })
    assert.match(String(pulled['notices']), 'as it was last fetched')
  }),
)

test(
  'an endpoint where nobody listens fails within 15 s, a missing bucket by its name',
  onPublished(async ({ work, folder, access, env }) => {
    const file = await createTemoaDatabase(folder, 'new.sqlite', 3)
    const prepare = ['prepare', 'new.sqlite', file]
    const config = s3Config(access.endpoint, access.region)
    await work.write({
      'datamanager.config.json': config.replace(access.endpoint, 'http://127.0.0.1:9'),
    })
    const before = performance.now()
    const nobody = { exit: 1, code: 'DM_STORE_UNAVAILABLE' }
    const { message } = await dmFailure(work.folder, prepare, nobody, { env })
    assert.ok(performance.now() - before < 15_000)
    assert.match(message, '127.0.0.1:9')
    const renamed = config.replace('"name": "staging"', '"name": "no-such-bucket"')
    await work.write({ 'datamanager.config.json': renamed })
    const missing = { exit: 1, code: 'DM_STORE_NO_BUCKET' }
    assert.match((await dmFailure(work.folder, prepare, missing, { env })).hint, 'buckets.staging')
  }),
)

test.run()
