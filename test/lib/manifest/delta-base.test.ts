import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findDeltaBase } from '../../../lib/manifest/delta-base.ts'
import type { Dataset } from '../../../lib/manifest/types.ts'
import { dataset, published, sha, upload } from '../publication/scene.ts'

const test = suite('what a delta may build upon')

const model = dataset('model', [
  upload('model', 'v4', { text: 'pending' }),
  published('model', 'v2', { text: 'marked', status: 'pending-deletion' }),
  published('model', 'v1', { text: 'first' }),
]) as unknown as Dataset
const key = `model/v4-${sha('pending')}.sqlite`
const since = '2026-01-02T03:04:05.678Z'
const retired = (bucket: string, place: string): Parameters<typeof findDeltaBase>[2] => ({
  numbers: new Map(),
  objects: [{ bucket, key: place, since }],
})
const find = (text: string, list: Parameters<typeof findDeltaBase>[2] = null): string | undefined =>
  findDeltaBase(model, { key, base: sha(text) }, list)

test('is a published version of the same dataset, also one that will be deleted', () => {
  assert.is(find('first'), `model/v1-${sha('first')}.sqlite`)
  assert.is(find('marked'), `model/v2-${sha('marked')}.sqlite`)
  assert.is(find('pending'), undefined)
  assert.is(find('nobody’s'), undefined)
})

test('or what the dataset gave up, in its bucket and folder', () => {
  const gone = `model/v3-${sha('gone')}.sqlite`
  assert.is(find('gone', retired('production', gone)), gone)
  for (const [bucket, place] of [
    ['internal', gone],
    ['production', `other/v3-${sha('gone')}.sqlite`],
    ['production', `model/deeper/v3-${sha('gone')}.sqlite`],
    ['production', `model/${sha('gone')}.sqlite`],
    ['production', `${gone}.zst`],
  ] as const) {
    assert.is(find('gone', retired(bucket, place)), undefined, `${bucket} ${place}`)
  }
})

test.run()
