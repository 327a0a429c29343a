import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { finalizeEntry } from '../../../lib/manifest/edits.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, rollback, upload, written } from './samples.ts'

const test = suite('lib/manifest/finalize-entry')

const publication = { dataset: 'model.sqlite', commit: '1234567', description: 'Merged' }

test('an upload gets commit and description and loses its staging key', () => {
  const before = manifest(dataset([upload(2, { bytes: 10, note: 'x' }), published(1)]))
  const after = finalizeEntry(before, { ...publication, version: 'v2' })
  const entry = published(2, { bytes: 10, note: 'x', commit: '1234567', description: 'Merged' })
  assert.equal(written(after), [dataset([entry, published(1)], { latestVersion: 'v2' })])
})

test('a rollback keeps the key of the version that it restores', () => {
  const before = manifest(dataset([rollback(3, published(1)), published(2), published(1)]))
  const after = finalizeEntry(before, { ...publication, version: 'v3' })
  const [model] = written(after)
  assert.is(model?.latestVersion, 'v3')
  assert.is(model?.history[0]?.r2_object_key, published(1).r2_object_key)
})

test('latestVersion names the highest published version, also where it was stale', () => {
  const before = manifest(
    dataset([upload(4), upload(3), published(2), published(1)], { latestVersion: 'v1' }),
  )
  const after = finalizeEntry(before, { ...publication, version: 'v3' })
  assert.is(written(after)[0]?.latestVersion, 'v3')
})

test('a published entry is not published again', async () => {
  const before = manifest(dataset([published(1)]))
  const error = await failure('DM_MANIFEST_ENTRY_PUBLISHED', () =>
    finalizeEntry(before, { ...publication, version: 'v1' }),
  )
  assert.match(error.hint, 'dm rollback model.sqlite')
})

test.run()
