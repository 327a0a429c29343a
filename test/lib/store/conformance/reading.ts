import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { hashObject } from '../../../../lib/store/read-object.ts'
import {
  expectFailure,
  onStore,
  readWhole,
  sampleBytes,
  sha256,
  type StoreKind,
} from './store-fixture.ts'

export function registerReading(test: Test, kind: StoreKind): void {
  test(
    'what was put comes back with its size, stamp and bytes',
    onStore(kind, async ({ store, prefix, file }) => {
      const content = sampleBytes(100_000)
      const { path, stamp } = await file(content)
      const before = Date.now()
      await store.put(`${prefix}a.sqlite`, path, { stamp })

      const info = await store.head(`${prefix}a.sqlite`)
      if (info === null) throw new Error('head found nothing')
      const { modified, ...rest } = info
      assert.equal(rest, {
        key: `${prefix}a.sqlite`,
        bytes: 100_000,
        sha256: stamp.sha256,
        repository: 'owner/data',
        bucket: null,
        content: null,
      })
      assert.ok(Math.abs(modified.getTime() - before) < 60_000, modified.toISOString())
      assert.ok((await readWhole(store, `${prefix}a.sqlite`)).equals(content))
      assert.equal(await hashObject(store, `${prefix}a.sqlite`), {
        sha256: stamp.sha256,
        bytes: 100_000,
      })
    }),
  )

  test(
    'a range is read inclusive of its ends, and to the end where none is given',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file('0123456789')
      await store.put(`${prefix}a`, path, { stamp })
      const read = async (range: { start?: number; end?: number }): Promise<string> =>
        (await readWhole(store, `${prefix}a`, range)).toString()
      assert.is(await read({ start: 2, end: 4 }), '234')
      assert.is(await read({ start: 7 }), '789')
      assert.is(await read({ start: 1 }), '123456789')
      assert.is(await read({ start: 5, end: 5 }), '5')
      assert.is(await read({ end: 3 }), '0123')
    }),
  )

  test(
    'an object that is not there has no head, is not found, and is not removed',
    onStore(kind, async ({ store, prefix }) => {
      const key = `${prefix}nothing`
      assert.is(await store.head(key), null)
      assert.is(await store.remove(key), null)
      assert.is(await store.freshen(key), null)
      await expectFailure(store.open(key), 'DM_STORE_NOT_FOUND')
      await expectFailure(hashObject(store, key), 'DM_STORE_NOT_FOUND')
    }),
  )

  test(
    'a bucket that does not exist is told apart from an object that does not',
    onStore(kind, async ({ store, missing, prefix, file }) => {
      if (missing === null) return
      const { path, stamp } = await file('x')
      const key = `${prefix}a`
      await expectFailure(missing.put(key, path, { stamp }), 'DM_STORE_NO_BUCKET')
      await expectFailure(missing.open(key), 'DM_STORE_NO_BUCKET')
      await expectFailure(missing.remove(key), 'DM_STORE_NO_BUCKET')
      await expectFailure(missing.freshen(key), 'DM_STORE_NO_BUCKET')
      await expectFailure(missing.now(), 'DM_STORE_NO_BUCKET')
      await expectFailure(Array.fromAsync(missing.list('')), 'DM_STORE_NO_BUCKET')
      await expectFailure(store.copy(missing, key, key, { stamp }), 'DM_STORE_NO_BUCKET')
    }),
  )

  test(
    'an object without our stamp has an unknown hash, and can be hashed',
    onStore(kind, async ({ store, prefix, plant }) => {
      await plant(`${prefix}foreign`, Buffer.from('foreign'))
      const info = await store.head(`${prefix}foreign`)
      assert.is(info?.sha256, null)
      assert.is(info?.repository, null)
      assert.is((await hashObject(store, `${prefix}foreign`)).sha256, sha256('foreign'))
    }),
  )

  test(
    'an aborted read throws the reason of the abort',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file(sampleBytes(8 * 1024 * 1024))
      await store.put(`${prefix}a`, path, { stamp })
      const controller = new AbortController()
      const reason = new Error('stop')
      const hashing = hashObject(store, `${prefix}a`, {
        signal: controller.signal,
        onProgress: () => controller.abort(reason),
      })
      assert.is(await hashing.catch((error: unknown) => error), reason)
    }),
  )

  test(
    'keys that are not safe relative paths are refused by every method',
    onStore(kind, async ({ store, other, file }) => {
      const { path, stamp } = await file('x')
      for (const key of [
        '',
        '/a',
        '../a',
        'a/../b',
        './a',
        'a//b',
        'a/',
        'a\\b',
        'a\nb',
        '.dm/x',
      ]) {
        await expectFailure(store.head(key), 'DM_STORE_KEY')
        await expectFailure(store.open(key), 'DM_STORE_KEY')
        await expectFailure(store.put(key, path, { stamp }), 'DM_STORE_KEY')
        await expectFailure(store.remove(key), 'DM_STORE_KEY')
        await expectFailure(store.freshen(key), 'DM_STORE_KEY')
        await expectFailure(other.copy(store, key, 'a', { stamp }), 'DM_STORE_KEY')
        await expectFailure(other.copy(store, 'a', key, { stamp }), 'DM_STORE_KEY')
      }
    }),
  )
}
