import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { setMark } from '../../../lib/manifest/edits.ts'
import { dataset, manifest, published, written } from './samples.ts'

const test = suite('lib/manifest/set-mark')

const status = 'pending-deletion'
const version = { dataset: 'model.sqlite', version: 'v1' }
const whole = { dataset: 'model.sqlite', version: null }

test('a version or a whole dataset is marked, and the mark taken back', () => {
  const before = manifest(dataset([published(2), published(1)]))
  const one = setMark(before, version, true)
  assert.equal(written(one), [dataset([published(2), published(1, { status })])])
  assert.equal(written(setMark(one, version, false)), written(before))
  const all = setMark(before, whole, true)
  assert.equal(written(all), [dataset([published(2), published(1)], { status })])
  assert.equal(written(setMark(all, whole, false)), written(before))
})

test('where it is marked already, or not, nothing is written anew', () => {
  const before = manifest(dataset([published(2), published(1, { status })]))
  assert.is(setMark(before, version, true), before)
  assert.is(setMark(before, { ...version, version: 'v2' }, false), before)
  assert.is(setMark(before, whole, false), before)
  const all = setMark(before, whole, true)
  assert.is(setMark(all, whole, true), all)
})

test.run()
