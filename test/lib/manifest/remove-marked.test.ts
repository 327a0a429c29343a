import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { removeMarked } from '../../../lib/manifest/edits.ts'
import { dataset, manifest, published, upload, written } from './samples.ts'

const test = suite('lib/manifest/remove-marked')

const status = 'pending-deletion'
const version = (name: string) => ({ dataset: 'model.sqlite', version: name })
const whole = { dataset: 'model.sqlite', version: null }
const other = dataset([published(1)], { fileName: 'other.sqlite' })

test('a marked version goes, and latestVersion names the highest that is left', () => {
  const before = manifest(
    dataset([upload(3), published(2, { status }), published(1)], { latestVersion: 'v2' }),
  )
  assert.equal(written(removeMarked(before, version('v2'))), [
    dataset([upload(3), published(1)], { latestVersion: 'v1' }),
  ])
})

test('a dataset goes where it is marked, and with its last version', () => {
  const marked = manifest(other, dataset([published(2), published(1)], { status }))
  assert.equal(written(removeMarked(marked, whole)), [other])
  const last = manifest(dataset([published(1, { status })]), other)
  assert.equal(written(removeMarked(last, version('v1'))), [other])
})

test('a dataset whose last published version goes stays for its pending one', () => {
  const before = manifest(dataset([upload(2), published(1, { status })], { latestVersion: 'v1' }))
  assert.equal(written(removeMarked(before, version('v1'))), [
    dataset([upload(2)], { latestVersion: 'v2' }),
  ])
})

test('what is not marked stays, whatever is asked for', () => {
  const before = manifest(dataset([published(2), published(1, { status })]))
  assert.is(removeMarked(before, version('v2')), before)
  assert.is(removeMarked(before, whole), before)
})

test.run()
