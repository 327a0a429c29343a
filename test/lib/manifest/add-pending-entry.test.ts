import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addPendingEntry } from '../../../lib/manifest/edits.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, upload, written } from './samples.ts'

const test = suite('lib/manifest/add-pending-entry')

const to = { dataset: 'model.sqlite', bucket: 'internal' }

test('a new entry comes on top of its dataset, which otherwise stays as it is', () => {
  const before = dataset([published(1)], { bucket: 'production', latestVersion: 'v1', note: 'x' })
  const after = addPendingEntry(manifest(before), { ...to, entry: upload(2) })
  assert.equal(written(after), [{ ...before, history: [upload(2), published(1)] }])
})

test('a new dataset comes last, in the bucket that is asked for', () => {
  const other = dataset([published(1)], { fileName: 'other.sqlite' })
  const after = addPendingEntry(manifest(other), { ...to, entry: upload(1) })
  const added = {
    fileName: 'model.sqlite',
    bucket: 'internal',
    latestVersion: 'v1',
    history: [upload(1)],
  }
  assert.equal(written(after), [other, added])
})

test('a revised proposal replaces its own pending entry, in its place', () => {
  const before = manifest(dataset([upload(3), upload(2), published(1)]))
  const entry = upload(2, { description: 'Revised' })
  const after = addPendingEntry(before, { ...to, entry })
  assert.equal(written(after), [dataset([upload(3), entry, published(1)])])
})

test('a published entry is never replaced', async () => {
  const before = manifest(dataset([published(1)]))
  const { context } = await failure('DM_MANIFEST_ENTRY_EXISTS', () =>
    addPendingEntry(before, { ...to, entry: upload(1) }),
  )
  assert.equal(context, { dataset: 'model.sqlite', version: 'v1' })
})

test('a dataset that only this proposal has made follows it into another bucket', () => {
  const before = manifest(dataset([upload(1)], { bucket: 'production' }))
  const entry = upload(1, { description: 'Revised' })
  const [after] = written(addPendingEntry(before, { ...to, entry }))
  assert.equal(after, dataset([entry], { bucket: 'internal' }))
  const settled = manifest(dataset([upload(2), published(1)], { bucket: 'production' }))
  const [kept] = written(addPendingEntry(settled, { ...to, entry: upload(2) }))
  assert.is(kept?.bucket, 'production')
  // Where it says nothing of a bucket and stays there, it goes on saying nothing.
  const silent = manifest(dataset([upload(1)]))
  const [same] = written(addPendingEntry(silent, { ...to, bucket: 'production', entry }))
  assert.equal(same, dataset([entry]))
})

test.run()
