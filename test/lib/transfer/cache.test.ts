import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { readFileIdentity, verifyUnchanged, withFile } from '../../../lib/files/file-identity.ts'
import { hashFile, type HashedFile } from '../../../lib/files/hash-file.ts'
import { type Cache, openCache } from '../../../lib/transfer/cache.ts'
import { clearCache, readCache } from '../../../lib/transfer/tend-cache.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('the cache')

interface Scene {
  readonly folder: string
  readonly env: { readonly XDG_CACHE_HOME: string }
  /** Where the databases lie. */
  readonly cached: string
  readonly make: (text: string) => Promise<HashedFile>
}

const scene = (body: (scene: Scene) => Promise<void>) => (): Promise<void> =>
  inFolder((folder) =>
    body({
      folder,
      env: { XDG_CACHE_HOME: path.join(folder, 'cache') },
      cached: path.join(folder, 'cache/datamanager/databases'),
      make: async (text) => {
        const file = path.join(folder, `${text.slice(0, 8)}.sqlite`)
        await writeFile(file, text)
        return withFile(file, (opened) => hashFile(opened))
      },
    }),
  )

async function putInto(cache: Cache, database: HashedFile, signal?: AbortSignal): Promise<void> {
  const copy = await cache.copy(database, signal)
  await copy?.keep()
  await copy?.release()
}

const names = async (cached: string): Promise<string[]> => (await readdir(cached)).toSorted()

test(
  'what was put into it is there, for its owner alone, until it is released',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 1000)
    const one = await make('one')
    assert.is(await cache.take(one.sha256), null)
    await putInto(cache, one)
    const held = await cache.take(one.sha256)
    assert.is(await readFile(held?.path ?? '', 'utf8'), 'one')
    assert.is((await stat(cached)).mode & 0o777, 0o700)
    assert.is((await stat(path.join(cached, `${one.sha256}.sqlite`))).mode & 0o777, 0o600)
    // Nobody takes away what somebody uses.
    await clearCache(env)
    assert.is(await readFile(held?.path ?? '', 'utf8'), 'one')
    await held?.release()
    assert.equal(await names(cached), [])
  }),
)

test(
  'its bytes are checked when they are used; what is damaged goes',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 1000)
    const one = await make('one')
    await putInto(cache, one)
    await writeFile(path.join(cached, `${one.sha256}.sqlite`), 'two')
    assert.is(await cache.take(one.sha256), null)
    assert.equal(await names(cached), [])
  }),
)

test(
  'whoever uses one does not change it for those who use it at the same time',
  scene(async ({ env, make }) => {
    const cache = await openCache(env, 1000)
    const copied = await make('copied')
    await putInto(cache, copied)
    const received = await make('received')
    await (await cache.receive(received, (file) => writeFile(file, 'received'))).release()
    for (const { sha256, path: original } of [copied, received]) {
      const held = await cache.take(sha256)
      assert.ok(held !== null)
      const before = await readFileIdentity(held.path)
      await new Promise((resolve) => setTimeout(resolve, 10))
      const other = await openCache(env, 1000)
      await (await other.take(sha256))?.release()
      assert.is(await other.copy(await withFile(original, (one) => hashFile(one))), null)
      await verifyUnchanged(held.path, before)
      await held.release()
    }
  }),
)

test(
  'the one that was not used for longest goes first, and one that is too large is not taken in',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 10)
    const [a, b, c] = [await make('aaaa'), await make('bbbb'), await make('cccc')]
    await putInto(cache, a)
    await putInto(cache, b)
    const long = new Date(Date.now() - 5000)
    await utimes(path.join(cached, `${a.sha256}.sqlite`), long, long)
    await utimes(path.join(cached, `${b.sha256}.sqlite`), long, new Date(Date.now() - 3000))
    await (await cache.take(a.sha256))?.release() // now b is the oldest
    await putInto(cache, c)
    assert.equal(await names(cached), [a, c].map(({ sha256 }) => `${sha256}.sqlite`).toSorted())
    await putInto(cache, await make('more than ten'))
    assert.equal((await readCache(env)).entries, 2)
    const none = await openCache(env, 0)
    await putInto(none, b)
    assert.is(await none.take(a.sha256), null)
  }),
)

test(
  'where the disk has no room, it takes nothing in and removes nothing',
  scene(async ({ env, make, folder }) => {
    const cache = await openCache(env, Number.MAX_SAFE_INTEGER)
    await putInto(cache, await make('one'))
    const huge = path.join(folder, 'huge')
    await writeFile(huge, '')
    // Only its length is large.
    await truncate(huge, 2 ** 42)
    const began = await withFile(huge, async (opened) => ({
      ...opened,
      sha256: 'f'.repeat(64),
      bytes: 2 ** 42,
    }))
    await putInto(cache, began, AbortSignal.timeout(2000))
    assert.is((await readCache(env)).entries, 1)
  }),
)

test(
  'a link in its place, or a folder that others can write to, is not used, and fails nothing',
  scene(async ({ folder, env, cached, make }) => {
    const one = await make('one')
    const elsewhere = path.join(folder, 'elsewhere')
    await mkdir(elsewhere)
    await mkdir(path.dirname(cached), { recursive: true })
    await symlink(elsewhere, cached)
    const unused = async (): Promise<void> => {
      const cache = await openCache(env, 1000)
      await putInto(cache, one)
      assert.is(await cache.take(one.sha256), null)
      await failure('DM_CACHE_UNUSABLE', () => readCache(env))
      assert.equal(await readdir(elsewhere), [])
    }
    await unused()
    await rm(cached)
    await chmod(path.dirname(cached), 0o777)
    await unused()
    await chmod(path.dirname(cached), 0o755)
    // Only root can give a folder away.
    if (process.getuid?.() === 0) {
      await chown(path.dirname(cached), 12_345, 12_345)
      await unused()
    }
    const blocked = { XDG_CACHE_HOME: one.path }
    const cache = await openCache(blocked, 1000)
    await putInto(cache, one)
    assert.is(await cache.take(one.sha256), null)
  }),
)

test(
  'what is received stays in it; where it cannot, it is there only while it is used',
  scene(async ({ env, cached, make }) => {
    const one = await make('one')
    const receive = (file: string): Promise<void> => writeFile(file, 'one', { flag: 'wx' })
    for (const [limit, left] of [
      [0, 0],
      [1000, 1],
    ] as const) {
      const cache = await openCache(env, limit)
      const held = await cache.receive({ sha256: one.sha256, bytes: 3 }, receive)
      assert.is(await readFile(held.path, 'utf8'), 'one')
      await held.release()
      assert.is((await readCache(env)).entries, left)
      assert.is(await stat(held.path).catch(() => null), null)
    }
    const cache = await openCache(env, 1000)
    const broken = cache.receive({ sha256: 'e'.repeat(64), bytes: 3 }, () =>
      Promise.reject(new Error('lost')),
    )
    assert.is(await broken.catch((error: Error) => error.message), 'lost')
    assert.equal(await names(cached), [`${one.sha256}.sqlite`])
  }),
)

test(
  'many at once hurt each other in nothing',
  scene(async ({ env, make }) => {
    const files = await Promise.all(['aaaa', 'bbbb', 'cccc', 'dddd'].map(make))
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const cache = await openCache(env, 9)
        const one = files[at % 4]
        if (one === undefined) return
        await putInto(cache, one)
        const held = await cache.take(one.sha256)
        if (held !== null) assert.is((await readFile(held.path, 'utf8')).length, 4)
        await held?.release()
      }),
    )
    const { bytes, entries } = await readCache(env)
    assert.ok(entries <= 4 && bytes === entries * 4)
  }),
)

test(
  'what another run may still be writing stays',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 1000)
    await putInto(cache, await make('one'))
    const left = path.join(cached, '.left.sqlite')
    await writeFile(left, 'x')
    await openCache(env, 1000)
    assert.is((await names(cached)).length, 2)
  }),
)

test(
  'a copy is not found before it is kept, and nothing is evicted for it before',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 8)
    const [old, one] = [await make('older'), await make('newer')]
    await putInto(cache, old)
    const copy = await cache.copy(one)
    assert.is(await cache.take(one.sha256), null)
    assert.not((await names(cached)).every((name) => name.startsWith('.')))
    await copy?.release()
    assert.equal(await names(cached), [`${old.sha256}.sqlite`])
    await putInto(cache, one)
    assert.equal(await names(cached), [`${one.sha256}.sqlite`])
  }),
)

test(
  'what is lent is not hashed; whoever finds another one drops it',
  scene(async ({ env, cached, make }) => {
    const cache = await openCache(env, 1000)
    const one = await make('one')
    assert.is(await cache.lend(one.sha256), null)
    await putInto(cache, one)
    await chmod(path.join(cached, `${one.sha256}.sqlite`), 0o600)
    await writeFile(path.join(cached, `${one.sha256}.sqlite`), 'two')
    const lent = await cache.lend(one.sha256)
    assert.is(await readFile(lent?.path ?? '', 'utf8'), 'two')
    await lent?.drop()
    assert.is(await readFile(lent?.path ?? '', 'utf8'), 'two')
    await lent?.release()
    assert.equal(await names(cached), [])
  }),
)

test.run()
