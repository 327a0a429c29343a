import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashFileAt } from '../helpers/at-path.ts'
import { openBucket, type S3Access } from '../helpers/buckets.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { cloneRepository, type TestRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

const test = suite('dm pull')

interface Scene {
  /** A clone of its own. */
  readonly work: TestRepository
  /** An empty folder of its own. */
  readonly folder: string
  readonly access: S3Access
  /** Holds the keys. */
  readonly env: Record<string, string>
  /** The database that was published as v1. */
  readonly file: string
  /** Where the pulled file goes. */
  readonly output: string
}

let shared: ReturnType<typeof publishOnce> | undefined

/** Publishes a version to an S3 server, once for all tests: they only read it. */
async function publishOnce() {
  const { folder, remove } = await temporaryFolder()
  const { stop, ...access } = await startS3Server(['staging', 'production', 'internal'])
  const config = { 'datamanager.config.json': s3Config(access.endpoint, access.region) }
  const { work, merge, remote } = await createDataRepository(folder)
  // Nothing lies beside it: the database itself is what is pulled here.
  const plain = s3Config(access.endpoint, access.region, undefined, { compression: false })
  await work.write({ 'datamanager.config.json': plain })
  const env = s3Environment(access.credentials)
  const file = await createTemoaDatabase(folder, 'model.sqlite', 5000)
  await dmJson(work.folder, ['prepare', 'model.sqlite', file], { env })
  await merge('data/model-v1')
  await dmJson(work.folder, ['publish'], { env })
  const end = async (): Promise<void> => {
    await stop()
    await remove()
  }
  return { remote, config, access, env, file, end }
}

test.after(async () => (await shared)?.end())

function onPublished(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const { remote, config, ...rest } = await (shared ??= publishOnce())
      const work = await cloneRepository(remote.folder, path.join(folder, 'work'))
      await work.write(config)
      await body({ ...rest, work, folder, output: path.join(folder, 'pulled.sqlite') })
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
  'without keys a private bucket says which variables to set, unless the file is there already',
  onPublished(async ({ work, file, output }) => {
    const expected = { exit: 1, code: 'DM_STORE_NO_CREDENTIALS' }
    const pull = ['pull', 'model.sqlite', '-o', output]
    const { hint } = await dmFailure(work.folder, pull, expected)
    assert.match(hint, 'R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY')
    await copyFile(file, output)
    for (const more of [[], ['--dry-run']]) {
      assert.is((await dmJson(work.folder, [...pull, ...more]))['via'], 'present')
    }
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
  '--ref pulls what a branch proposes, from staging, also one that is only here, or was published',
  onPublished(async ({ work, folder, access, env, file, output }) => {
    for (const [rows, ...noPush] of [[10], [11, '--no-push']] as const) {
      const next = await createTemoaDatabase(folder, `${rows}.sqlite`, rows)
      await dmJson(work.folder, ['prepare', `new-${rows}.sqlite`, next, ...noPush], { env })
      const pull = ['pull', `new-${rows}.sqlite`, '--ref', `data/new-${rows}-v1`, '-o', output]
      assert.is((await dmJson(work.folder, pull, { env }))['version'], 'v1')
      assert.ok((await readFile(output)).equals(await readFile(next)))
    }
    const staging = openBucket(access, 'staging')
    const { sha256 } = await hashFileAt(file)
    for await (const { key } of staging.list('')) {
      if (key.includes(sha256)) await staging.remove(key)
    }
    const merged = ['pull', 'model.sqlite', '--ref', 'data/model-v1', '-o', output]
    assert.is((await dmJson(work.folder, merged, { env }))['via'], 'whole')
    assert.ok((await readFile(output)).equals(await readFile(file)))
    const none = ['pull', 'model.sqlite', '--ref', 'data/none', '-o', output]
    await dmFailure(work.folder, none, { exit: 2, code: 'DM_REFERENCE_UNKNOWN' }, { env })
  }),
)

test(
  'bytes that are not those of the manifest never reach the destination',
  onPublished(async ({ work, folder, access, env, file, output }) => {
    const store = openBucket(access, 'production')
    await writeFile(output, 'an old file')
    const before = await readdir(folder)
    const other = await createTemoaDatabase(folder, 'other.sqlite', 5001)
    const [object] = await Array.fromAsync(store.list(''))
    const key = object?.key ?? ''
    const cases = [
      [other, 'DM_BYTES_RECEIVED_DIFFER'],
      [await createTemoaDatabase(folder, 'small.sqlite', 9), 'DM_STORE_MISMATCH'],
    ] as const
    for (const [content, code] of cases) {
      await store.remove(key)
      await store.put(key, content, { stamp: { sha256: (await hashFileAt(content)).sha256 } })
      await dmFailure(
        work.folder,
        ['pull', 'model.sqlite', '-o', output],
        { exit: 3, code },
        { env },
      )
      await rm(content)
      assert.is(await readFile(output, 'utf8'), 'an old file')
    }
    assert.equal(await readdir(folder), before)
    await store.remove(key)
    await store.put(key, file, { stamp: { sha256: (await hashFileAt(file)).sha256 } })
  }),
)

test(
  'offline, what was last fetched is used, and that is said',
  onPublished(async ({ work, env, output }) => {
    await work.git('remote', 'set-url', 'origin', '/nowhere/at/all.git')
    const pulled = await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output], { env })
    assert.match(
      JSON.stringify(pulled['notices']),
      /cannot be reached \(.*does not appear to be a git repository\): .* as it was last fetched/,
    )
  }),
)

test(
  'a base that cannot be written here is no reason for an old version',
  onPublished(async ({ work, folder, env, output }) => {
    const other = await cloneRepository(
      await work.git('remote', 'get-url', 'origin'),
      `${folder}/other`,
    )
    await other.commit('Move the base', { 'note.txt': 'x' })
    await other.git('push', '--quiet', 'origin', 'main')
    await work.write({ '.git/refs/remotes/origin/main.lock': '' })
    const expected = { exit: 1, code: 'DM_GIT_FETCH_FAILED' }
    const { message } = await dmFailure(
      work.folder,
      ['pull', 'model.sqlite', '-o', output],
      expected,
      { env },
    )
    assert.match(message, 'main.lock')
    assert.not.ok((await readdir(folder)).includes('pulled.sqlite'))
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
