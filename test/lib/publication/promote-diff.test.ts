import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stageDiff } from '../../../lib/change/stage-diff.ts'
import { MOST_STORED_BYTES } from '../../../lib/diff/version-diff.ts'
import { companionKey, stagedDiffKey, stagingKey } from '../../../lib/manifest/keys.ts'
import { promoteDiff, readStagedDiff } from '../../../lib/publication/promote-diff.ts'
import type { Publication } from '../../../lib/publication/publication.ts'
import type { Store } from '../../../lib/store/store.ts'
import { day, onScene, owner, type PutHow, type Scene, sha, spoil } from './scene.ts'

const test = suite('the diff of a private dataset')
const { signal } = new AbortController()
const options = { formerly: [], signal }

const publication: Publication = {
  kind: 'upload',
  dataset: 'model.sqlite',
  version: 'v3',
  bucket: 'internal',
  key: `model/v3-${sha('model')}.sqlite`,
  sha256: sha('model'),
  bytes: 5,
  stagingKey: stagingKey(owner, 'internal', sha('model'), { form: 'compressed' }),
  base: null,
  isThere: false,
  commit: 'abcdef1',
  description: '',
}
const place = { key: publication.stagingKey ?? '', bucket: 'internal', retentionMs: 7 * day }
const staged = stagedDiffKey(place.key) ?? ''
const beside = companionKey(publication.key, { kind: 'diff' })
const text = '-- model.sqlite v1 → v3\n--\nDELETE FROM t;\n'

const own = { meant: 'internal', content: publication.sha256 }

const stage = ({ store }: Scene, content: string): ReturnType<typeof stageDiff> =>
  stageDiff(store('staging'), Buffer.from(content), place, publication.sha256, signal)
const promote = ({ store }: Scene): Promise<boolean> =>
  promoteDiff(publication, { staging: store('staging'), target: store('internal'), ...options })
const textIn = async ({ store }: Scene, bucket: string, key: string): Promise<string> =>
  (await buffer(await store(bucket).open(key))).toString()

test(
  'waits beside the staged bytes, in place of one that is no longer true, and goes beside the object',
  onScene(async (scene) => {
    const { store, keys, put } = scene
    const bytes = Buffer.byteLength(text)
    assert.equal(await stage(scene, text), { key: staged, bytes, sentBytes: bytes })
    assert.equal(await stage(scene, text), { key: staged, bytes, sentBytes: 0 })
    const info = await store('staging').head(staged)
    assert.equal(
      [info?.sha256, info?.content, info?.bucket],
      [sha(text), publication.sha256, 'internal'],
    )
    // Bytes are the same, but it is said to be for others.
    for (const how of [
      { meant: 'production', content: publication.sha256 },
      { meant: 'internal' },
    ]) {
      await store('staging').remove(staged)
      await put('staging', staged, text, how)
      await stage(scene, text)
      assert.equal(await promote(scene), true, JSON.stringify(how))
    }
    assert.is(await textIn(scene, 'internal', beside), text)
    const other = text.replace('v1', 'v2')
    await stage(scene, other)
    for (const times of ['once', 'again']) {
      assert.ok(await promote(scene), times)
      assert.is(await textIn(scene, 'internal', beside), other)
    }
    const kept = await store('internal').head(beside)
    assert.equal(
      [kept?.sha256, kept?.content, kept?.bucket],
      [sha(other), publication.sha256, null],
    )
    assert.equal(await keys('staging'), [staged], 'the sweep removes it')
  }),
)

test(
  'is read on where the connection breaks',
  onScene(async ({ store, put }) => {
    await put('staging', staged, text, own)
    let broken = 0
    const breaking: Store = {
      ...store('staging'),
      async open(key, { start = 0 } = {}) {
        const body = await store('staging').open(key, { start })
        if (broken++ > 0) return body
        const all = await buffer(body)
        const pieces = (function* () {
          yield all.subarray(0, 10)
          throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
        })()
        return Readable.from(pieces, { objectMode: false })
      },
    }
    const read = await readStagedDiff(breaking, publication, options)
    assert.equal([read?.text.toString(), broken], [text, 2])
  }),
)

test(
  'is kept by its age like the bytes that it belongs to, and not where it is too long',
  onScene(async (scene) => {
    const { store, put } = scene
    const how = { meant: 'internal', content: publication.sha256 }
    await put('staging', staged, text, { ...how, ageMs: 6 * day })
    await stage(scene, text)
    const info = await store('staging').head(staged)
    assert.ok(Date.now() - (info?.modified.getTime() ?? 0) < day)
    await store('staging').remove(staged)
    assert.is(await stage(scene, text.padEnd(MOST_STORED_BYTES + 1)), null)
    assert.is(await store('staging').head(staged), null)
  }),
)

const refused: Record<string, [content: string, how: PutHow]> = {
  'one of another version': [text.replace('→ v3', '→ v4'), own],
  'one of another dataset': [text.replace('model', 'other'), own],
  'one of what has no number': [text.replace('v1', 'v01'), own],
  'one without a head': ['DELETE FROM t;\n', own],
  'one with something before its head': [`\n${text}`, own],
  'one for another bucket': [text, { ...own, meant: 'production' }],
  'one of other bytes': [text, { ...own, content: sha('other') }],
  'one of somebody else': [text, { ...own, by: 'some/body' }],
  'one that nobody stamped': [text, { by: null }],
  'an empty one': ['', own],
  'one that is longer than any': [text.padEnd(MOST_STORED_BYTES + 1), own],
}

test(
  'is not taken where it is that of something else',
  onScene(async (scene) => {
    const { store, put, keys } = scene
    const read = () => readStagedDiff(store('staging'), publication, options)
    assert.is(await read(), null)
    for (const [name, [content, how]] of Object.entries(refused)) {
      await put('staging', staged, content, how)
      assert.is(await read(), null, name)
      assert.is(await promote(scene), false, name)
      await store('staging').remove(staged)
    }
    assert.equal(await keys('internal'), [])
    await put('staging', staged, text, own)
    await spoil(scene, 'staging', staged, text.replace('DELETE', 'UPDATE'))
    assert.is(await read(), null, 'one that is not what its stamp says')
    await store('staging').remove(staged)
    await put('staging', staged, text, own)
    assert.equal(await read(), { text: Buffer.from(text), from: 'v1' })
    const former = { formerly: [owner], signal }
    const elsewhere = { ...store('staging'), repository: 'new/name' }
    assert.equal(await readStagedDiff(elsewhere, publication, former), {
      text: Buffer.from(text),
      from: 'v1',
    })
    assert.is(await readStagedDiff(elsewhere, publication, options), null)
  }),
)

test.run()
