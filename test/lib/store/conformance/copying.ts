import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  expectFailure,
  onStore,
  PART_BYTES,
  readWhole,
  sampleBytes,
  sha256,
  type StoreKind,
} from './store-fixture.ts'

export function registerCopying(test: Test, kind: StoreKind): void {
  for (const bytes of [0, 10, PART_BYTES + 1, 2 * PART_BYTES]) {
    test(
      `an object of ${bytes} bytes is copied to another bucket, with a stamp of its own`,
      onStore(kind, async ({ store, other, prefix, file }) => {
        const content = sampleBytes(bytes)
        const { path, stamp } = await file(content)
        await store.put(`${prefix}a`, path, { stamp })
        const steps: number[] = []
        const saw = await store.head(`${prefix}a`)
        const copied = await other.copy(store, `${prefix}a`, `${prefix}x/b`, {
          stamp,
          onProgress: (done, total) => {
            assert.is(total, bytes)
            steps.push(done)
          },
        })
        assert.is(steps.at(-1), bytes)
        const info = await other.head(`${prefix}x/b`)
        assert.is(info?.sha256, stamp.sha256)
        assert.is(info?.repository, 'owner/copier')
        assert.equal(copied.source, saw)
        assert.equal({ ...copied.info, modified: 0 }, { ...info, modified: 0 })
        assert.ok(Math.abs(copied.info.modified.getTime() - Date.now()) < 60_000)
        assert.ok((await readWhole(other, `${prefix}x/b`)).equals(content))
        assert.is((await store.head(`${prefix}a`))?.repository, 'owner/data')
      }),
    )
  }

  test(
    'a stamp is what the caller says, never what the source claims',
    onStore(kind, async ({ store, other, prefix, plant }) => {
      await plant(`${prefix}foreign`, Buffer.from('foreign'))
      const stamp = { sha256: sha256('foreign') }
      await other.copy(store, `${prefix}foreign`, `${prefix}ours`, { stamp })
      assert.is((await other.head(`${prefix}ours`))?.sha256, stamp.sha256)
      // What a form stands for is said again as well, or not copied along.
      for (const content of [sha256('plain'), undefined]) {
        const from = `${prefix}form-${content}`
        await store.copy(store, `${prefix}foreign`, from, { stamp: { ...stamp, content } })
        assert.is((await store.head(from))?.content, content ?? null)
        const said = { ...stamp, content: content === undefined ? sha256('other') : undefined }
        const { info } = await other.copy(store, from, from, { stamp: said })
        assert.is(info.content, said.content ?? null)
        assert.is((await other.head(from))?.content, said.content ?? null)
      }
    }),
  )

  test(
    'whoever copies can look at the source first, and refuse',
    onStore(kind, async ({ store, other, prefix, file }) => {
      const { path, stamp } = await file('content')
      await store.put(`${prefix}a`, path, { stamp: { ...stamp, bucket: 'internal' } })
      const refusal = new Error('it is for another bucket')
      const copy = other.copy(store, `${prefix}a`, `${prefix}b`, {
        stamp,
        verifySource: ({ bucket, repository }) => {
          assert.equal([bucket, repository], ['internal', 'owner/data'])
          throw refusal
        },
      })
      assert.is(await copy.catch((error: unknown) => error), refusal)
      assert.is(await other.head(`${prefix}b`), null)
      const { info } = await other.copy(store, `${prefix}a`, `${prefix}b`, { stamp })
      assert.is(info.bucket, null)
    }),
  )

  test(
    'copying onto the same content is fine, onto other content a conflict',
    onStore(kind, async ({ store, other, prefix, file }) => {
      const first = await file('first')
      const second = await file('other')
      await store.put(`${prefix}1`, first.path, { stamp: first.stamp })
      await store.put(`${prefix}2`, second.path, { stamp: second.stamp })
      await other.copy(store, `${prefix}1`, `${prefix}x`, { stamp: first.stamp })
      await other.copy(store, `${prefix}1`, `${prefix}x`, { stamp: first.stamp })
      const copy = other.copy(store, `${prefix}2`, `${prefix}x`, { stamp: second.stamp })
      assert.is((await expectFailure(copy, 'DM_STORE_CONFLICT')).exit, 3)
      assert.is((await readWhole(other, `${prefix}x`)).toString(), 'first')
    }),
  )

  test(
    'an object without our stamp at the destination is hashed before it is trusted',
    onStore(kind, async ({ store, prefix, file, plant }) => {
      const { path, stamp } = await file('content')
      await store.put(`${prefix}a`, path, { stamp })
      await plant(`${prefix}same`, Buffer.from('content'))
      await plant(`${prefix}different`, Buffer.from('CONTENT'))
      await store.copy(store, `${prefix}a`, `${prefix}same`, { stamp })
      const copy = store.copy(store, `${prefix}a`, `${prefix}different`, { stamp })
      await expectFailure(copy, 'DM_STORE_CONFLICT')
      assert.is((await readWhole(store, `${prefix}different`)).toString(), 'CONTENT')
    }),
  )

  test(
    'copying an object that is not there says which one',
    onStore(kind, async ({ store, other, prefix }) => {
      const stamp = { sha256: sha256('') }
      const failure = await expectFailure(
        other.copy(store, `${prefix}nothing`, `${prefix}b`, { stamp }),
        'DM_STORE_NOT_FOUND',
      )
      assert.match(failure.message, `${prefix}nothing`)
      assert.match(failure.message, store.location)
    }),
  )

  const names = ['with space/ü 漢字.sqlite', 'percent%20/a%2Fb', "it's (1)!*~&=#?.sqlite"]
  const plus = kind.lacks?.includes('plus sign in copy source') === true ? [] : ['a+b/c+d.sqlite']
  const odd = kind.lacks?.includes('plus sign in copy source') === true ? names.slice(0, 1) : names
  for (const name of [...odd, ...plus]) {
    test(
      `the key ${name} is put, listed, read, copied and removed under just that name`,
      onStore(kind, async ({ store, other, prefix, file }) => {
        const key = prefix + name
        const { path, stamp } = await file(name)
        await store.put(key, path, { stamp })
        await other.copy(store, key, key, { stamp })
        const listed = await Array.fromAsync(other.list(prefix))
        assert.equal(
          listed.map((object) => object.key),
          [key],
        )
        assert.is((await readWhole(other, key)).toString(), name)
        assert.is((await other.remove(key))?.bytes, Buffer.byteLength(name))
        assert.is(await other.head(key), null)
        assert.is((await readWhole(store, key)).toString(), name)
      }),
    )
  }
}
