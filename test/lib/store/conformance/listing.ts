import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { onStore, type Scene, type StoreKind } from './store-fixture.ts'

export function registerListing(test: Test, kind: StoreKind): void {
  test(
    'a list has the objects under the prefix in key order, with size and time',
    onStore(kind, async (scene) => {
      const { store, prefix } = scene
      await plantAll(scene, ['b/2', 'b/10', 'a', 'b/1/x', 'c', 'bb'])
      const objects = await Array.fromAsync(store.list(`${prefix}b/`))
      assert.equal(
        objects.map(({ key }) => key.slice(prefix.length)),
        ['b/1/x', 'b/10', 'b/2'],
      )
      assert.is(objects[0]?.bytes, 'b/1/x'.length)
      assert.ok(Math.abs((objects[0]?.modified.getTime() ?? 0) - Date.now()) < 60_000)
    }),
  )

  test(
    'a prefix can end inside a name',
    onStore(kind, async (scene) => {
      await plantAll(scene, ['model/v1-aa', 'model/v1-bb', 'model/v2-cc', 'models'])
      assert.equal(await keysOf(scene, 'model/v1'), ['model/v1-aa', 'model/v1-bb'])
      assert.equal(await keysOf(scene, 'mod'), [
        'model/v1-aa',
        'model/v1-bb',
        'model/v2-cc',
        'models',
      ])
      assert.equal(await keysOf(scene, 'none'), [])
    }),
  )

  test(
    'removing takes away one object and says what was there',
    onStore(kind, async (scene) => {
      const { store, prefix } = scene
      await plantAll(scene, ['a', 'ab', 'b'])
      const info = await store.head(`${prefix}a`)
      assert.equal(await store.remove(`${prefix}a`), info)
      assert.is(await store.remove(`${prefix}a`), null)
      assert.equal(await keysOf(scene, ''), ['ab', 'b'])
    }),
  )

  if (kind.lacks?.includes('pages in lists') === true) return

  test(
    'a list is in the order of UTF-8 bytes, also around folders and beyond the first page',
    onStore(kind, async (scene) => {
      const many = Array.from(
        { length: 1050 },
        (_, index) => `many/${String(index).padStart(4, '0')}`,
      )
      const keys = ['a/x', 'a-b', 'a.b', 'aa', 'a0', '\u{ff5e}', '\u{1f600}', ...many]
      await plantAll(scene, keys)
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.equal(await keysOf(scene, ''), sorted)
    }),
  )
}

async function plantAll({ plant, prefix }: Scene, keys: readonly string[]): Promise<void> {
  const queue = keys.values()
  const plantRest = async (): Promise<void> => {
    for (const key of queue) await plant(prefix + key, Buffer.from(key))
  }
  await Promise.all(Array.from({ length: 8 }, plantRest))
}

async function keysOf({ store, prefix }: Scene, below: string): Promise<string[]> {
  const objects = await Array.fromAsync(store.list(prefix + below))
  return objects.map(({ key }) => key.slice(prefix.length))
}
