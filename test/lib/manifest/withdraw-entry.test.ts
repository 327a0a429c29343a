import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withdrawEntry } from '../../../lib/manifest/edits.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, upload, written } from './samples.ts'

const test = suite('lib/manifest/withdraw-entry')

const version = (name: string) => ({ dataset: 'model.sqlite', version: name })

test('a pending entry goes and the others stay', () => {
  const before = manifest(dataset([upload(3), upload(2), published(1)], { latestVersion: 'v1' }))
  assert.equal(written(withdrawEntry(before, version('v2'))), [
    dataset([upload(3), published(1)], { latestVersion: 'v1' }),
  ])
})

test('a dataset that has no other entry goes with it', () => {
  const other = dataset([published(1)], { fileName: 'other.sqlite' })
  assert.equal(written(withdrawEntry(manifest(dataset([upload(1)]), other), version('v1'))), [
    other,
  ])
})

test('latestVersion no longer names what is withdrawn; a stale one is left alone', () => {
  const named = manifest(dataset([upload(3), published(2)], { latestVersion: 'v3' }))
  assert.is(written(withdrawEntry(named, version('v3')))[0]?.latestVersion, 'v2')
  const stale = manifest(dataset([upload(3), published(2)], { latestVersion: 'v1' }))
  assert.is(written(withdrawEntry(stale, version('v3')))[0]?.latestVersion, 'v1')
})

test('what is published is not withdrawn', async () => {
  const before = manifest(dataset([published(1)]))
  const { context } = await failure('DM_MANIFEST_ENTRY_PUBLISHED', () =>
    withdrawEntry(before, version('v1')),
  )
  assert.equal(context, { dataset: 'model.sqlite', version: 'v1' })
})

test.run()
