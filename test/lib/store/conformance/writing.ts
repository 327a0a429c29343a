import { appendFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../../lib/errors/dm-error.ts'
import type { ByteSource } from '../../../../lib/store/byte-source.ts'
import {
  expectFailure,
  onStore,
  PART_BYTES,
  readWhole,
  sampleBytes,
  sha256,
  type StoreKind,
} from './store-fixture.ts'

/** Two whole parts and a rest. */
const LARGE = 2 * PART_BYTES + 12_345

export function registerWriting(test: Test, kind: StoreKind): void {
  for (const bytes of [0, 1, PART_BYTES, PART_BYTES + 1, LARGE]) {
    test(
      `a file of ${bytes} bytes is stored whole, and progress goes up to its size`,
      onStore(kind, async ({ store, prefix, file }) => {
        const content = sampleBytes(bytes)
        const { path, stamp } = await file(content)
        const steps: number[] = []
        const result = await store.put(`${prefix}a`, path, {
          stamp: { ...stamp, content: sha256('plain') },
          onProgress: (done, total) => {
            assert.is(total, bytes)
            steps.push(done)
          },
        })
        assert.equal([result.info.bytes, result.sentBytes], [bytes, bytes])
        assert.equal(result.info, await store.head(`${prefix}a`))
        assert.equal([result.info.sha256, result.info.content], [stamp.sha256, sha256('plain')])
        assert.is(steps.at(-1), bytes)
        assert.equal(
          steps,
          steps.toSorted((a, b) => a - b),
        )
        assert.ok((await readWhole(store, `${prefix}a`)).equals(content))
      }),
    )
  }

  test(
    'putting the same content again sends nothing',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file(sampleBytes(1000))
      await store.put(`${prefix}a`, path, { stamp })
      const { info, sentBytes } = await store.put(`${prefix}a`, path, { stamp })
      assert.equal([info.bytes, sentBytes], [1000, 0])
    }),
  )

  test(
    'other content under the same key is a conflict and replaces nothing',
    onStore(kind, async ({ store, prefix, file }) => {
      const first = await file('first')
      await store.put(`${prefix}a`, first.path, { stamp: first.stamp })
      for (const content of ['other', 'longer than the first', sampleBytes(PART_BYTES + 1)]) {
        const { path, stamp } = await file(content)
        const put = store.put(`${prefix}a`, path, { stamp })
        const { context } = await expectFailure(put, 'DM_STORE_CONFLICT')
        const found = content.length === 5 ? `SHA-256 ${first.stamp.sha256}` : '5 bytes'
        assert.is(context.found, found)
      }
      assert.is((await readWhole(store, `${prefix}a`)).toString(), 'first')
      assert.is((await store.head(`${prefix}a`))?.sha256, first.stamp.sha256)
    }),
  )

  test(
    'an object without our stamp is taken for what its bytes are',
    onStore(kind, async ({ store, prefix, file, plant }) => {
      await plant(`${prefix}a`, Buffer.from('content'))
      const same = await file('content')
      const notices: string[] = []
      const onNotice = (sentence: string): unknown => notices.push(sentence)
      const result = await store.put(`${prefix}a`, same.path, { stamp: same.stamp, onNotice })
      assert.is(result.sentBytes, 0)
      assert.is(notices.length, 1)

      await plant(`${prefix}b`, Buffer.from('content'))
      const different = await file('CONTENT')
      const put = store.put(`${prefix}b`, different.path, { stamp: different.stamp })
      await expectFailure(put, 'DM_STORE_CONFLICT')
      assert.is((await readWhole(store, `${prefix}b`)).toString(), 'content')

      // Of another size it need not be read.
      await plant(`${prefix}c`, Buffer.from('longer content'))
      const read = notices.length
      const longer = store.put(`${prefix}c`, same.path, { stamp: same.stamp, onNotice })
      await expectFailure(longer, 'DM_STORE_CONFLICT')
      assert.is(notices.length, read)
    }),
  )

  for (const bytes of [1000, LARGE]) {
    test(
      `a file of ${bytes} bytes that is written to during the put makes no object`,
      onStore(kind, async ({ store, prefix, file }) => {
        const { path, stamp } = await file(sampleBytes(bytes))
        let isChanged = false
        const put = store.put(`${prefix}a`, path, {
          stamp,
          onProgress: () => {
            if (!isChanged) appendFileSync(path, 'more')
            isChanged = true
          },
        })
        if (bytes < PART_BYTES) await put.catch(() => undefined)
        else assert.is((await expectFailure(put, 'DM_FILE_CHANGED')).exit, 3)
        const info = await store.head(`${prefix}a`)
        // A small file may have been read as a whole before: then the object is what was stamped.
        if (info !== null) assert.ok(bytes < PART_BYTES && info.sha256 === stamp.sha256)
      }),
    )
  }

  test(
    'a file that is no longer what its stamp says is refused where it fits into one part',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file('as hashed')
      await writeFile(path, 'as edited')
      await expectFailure(store.put(`${prefix}a`, path, { stamp }), 'DM_FILE_CHANGED')
      assert.is(await store.head(`${prefix}a`), null)
    }),
  )

  test(
    'bytes that are no file are stored whole, or not at all where they are not what they were',
    onStore(kind, async ({ store, prefix }) => {
      for (const bytes of [1000, LARGE]) {
        const content = sampleBytes(bytes)
        const stamp = { sha256: sha256(content) }
        let isChanged = true
        const source: ByteSource = {
          name: 'generated',
          bytes,
          async *open() {
            // In pieces that have nothing to do with parts.
            for (let at = 0; at < bytes; at += 333_333) {
              yield content.subarray(at, Math.min(bytes, at + 333_333))
            }
          },
          async verifyUnchanged() {
            if (isChanged) throw new DmError('DM_FILE_CHANGED', { file: 'generated' })
          },
        }
        const key = `${prefix}${bytes}`
        await expectFailure(store.put(key, source, { stamp }), 'DM_FILE_CHANGED')
        assert.is(await store.head(key), null)
        isChanged = false
        assert.is((await store.put(key, source, { stamp })).info.bytes, bytes)
        assert.ok((await readWhole(store, key)).equals(content))
        const short: ByteSource = { ...source, bytes: bytes + 1 }
        await expectFailure(store.put(`${key}-short`, short, { stamp }), 'DM_FILE_CHANGED')
        assert.is(await store.head(`${key}-short`), null)
      }
    }),
  )

  if (kind.lacks?.includes('conditional writes') !== true) {
    test(
      'what somebody else stores at the last moment is not replaced, and no failure where it is the same',
      onStore(kind, async ({ store, prefix, plant }) => {
        const content = Buffer.from('content')
        for (const other of [Buffer.from('CONTENT'), content]) {
          const key = `${prefix}${sha256(other)}`
          const source: ByteSource = {
            name: 'generated',
            bytes: content.length,
            async *open() {
              yield content
            },
            verifyUnchanged: () => plant(key, other),
          }
          const put = store.put(key, source, { stamp: { sha256: sha256(content) } })
          if (other === content) await put
          else await expectFailure(put, 'DM_STORE_CONFLICT')
          assert.ok((await readWhole(store, key)).equals(other))
        }
      }),
    )
  }

  test(
    'a put of a file that does not exist says so',
    onStore(kind, async ({ store, prefix, file }) => {
      const { path, stamp } = await file('x')
      await expectFailure(store.put(`${prefix}a`, `${path}-gone`, { stamp }), 'DM_FILE_MISSING')
    }),
  )

  test(
    'a put that is aborted in the middle leaves nothing readable, and can be repeated',
    onStore(kind, async ({ store, prefix, file }) => {
      const content = sampleBytes(LARGE)
      const { path, stamp } = await file(content)
      const controller = new AbortController()
      const reason = new Error('stop')
      const put = store.put(`${prefix}a`, path, {
        stamp,
        signal: controller.signal,
        onProgress: (done) => {
          if (done > 1024 * 1024) controller.abort(reason)
        },
      })
      assert.is(await put.catch((error: unknown) => error), reason)
      assert.is(await store.head(`${prefix}a`), null)
      assert.equal(await Array.fromAsync(store.list(prefix)), [])

      await store.put(`${prefix}a`, path, { stamp })
      assert.ok((await readWhole(store, `${prefix}a`)).equals(content))
    }),
  )

  test(
    'two puts of the same content at once both succeed',
    onStore(kind, async ({ store, prefix, file }) => {
      const content = sampleBytes(200_000)
      const { path, stamp } = await file(content)
      await Promise.all([
        store.put(`${prefix}a`, path, { stamp }),
        store.put(`${prefix}a`, path, { stamp }),
      ])
      assert.ok((await readWhole(store, `${prefix}a`)).equals(content))
      assert.is((await store.head(`${prefix}a`))?.sha256, stamp.sha256)
    }),
  )
}
