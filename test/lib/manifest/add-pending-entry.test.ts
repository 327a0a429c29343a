import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addPendingEntry } from '../../../lib/manifest/add-pending-entry.ts'
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

test('a version that is there already is refused', async () => {
  const before = manifest(dataset([upload(2), published(1)]))
  for (const entry of [upload(1), upload(2)]) {
    await failure('DM_MANIFEST_ENTRY_EXISTS', () => addPendingEntry(before, { ...to, entry }))
  }
})

test('a revised proposal replaces its own pending entry, in its place', () => {
  const before = manifest(dataset([upload(3), upload(2), published(1)]))
  const entry = upload(2, { description: 'Revised' })
  const after = addPendingEntry(before, { ...to, entry, replace: true })
  assert.equal(written(after), [dataset([upload(3), entry, published(1)])])
})

test('a published entry is never replaced', async () => {
  const before = manifest(dataset([published(1)]))
  await failure('DM_MANIFEST_ENTRY_EXISTS', () =>
    addPendingEntry(before, { ...to, entry: upload(1), replace: true }),
  )
})

test.run()
