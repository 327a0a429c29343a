import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  onStore,
  PART_BYTES,
  readWhole,
  sampleBytes,
  sha256,
  type StoreKind,
} from './store-fixture.ts'

export function registerFreshening(test: Test, kind: StoreKind): void {
  test(
    'a freshened object, small or large or not ours, has a new date and is else what it was',
    onStore(kind, async ({ store, prefix, file, plant }) => {
      const small = await file('small')
      const large = await file(sampleBytes(PART_BYTES + 1))
      await store.put(`${prefix}small`, small.path, {
        stamp: { ...small.stamp, bucket: 'internal', content: sha256('plain') },
      })
      await store.put(`${prefix}large`, large.path, large)
      await plant(`${prefix}foreign`, Buffer.from('foreign'))
      const keys = ['small', 'large', 'foreign'].map((name) => prefix + name)
      const before = await Promise.all(keys.map((key) => store.head(key)))
      // Servers give dates in whole seconds.
      await sleep(1100)
      const freshened = await Promise.all(keys.map((key) => store.freshen(key)))
      const after = await Promise.all(keys.map((key) => store.head(key)))
      for (const [index, info] of after.entries()) {
        const old = before[index]
        if (!info || !old) throw new Error('it is gone')
        assert.equal({ ...info, modified: 0 }, { ...old, modified: 0 })
        const isLater =
          info.modified > old.modified || kind.lacks?.includes('date of copies') === true
        assert.ok(isLater, `${keys[index]}: ${info.modified.toISOString()}`)
        assert.equal({ ...freshened[index], modified: 0 }, { ...info, modified: 0 })
      }
      assert.equal([after[0]?.bucket, after[0]?.content], ['internal', sha256('plain')])
      assert.is((await readWhole(store, `${prefix}small`)).toString(), 'small')
      assert.is(sha256(await readWhole(store, `${prefix}large`)), large.stamp.sha256)
    }),
  )

  test(
    'the clock of a store is the one that its dates come from',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file('x')
      const { info } = await store.put(`${prefix}a`, path, { stamp })
      const now = await store.now()
      assert.ok(Math.abs(now.getTime() - info.modified.getTime()) < 10_000, now.toISOString())
    }),
  )
}
