import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addPendingEntry,
  finalizeEntry,
  removeMarked,
  setMark,
  withdrawEntry,
} from '../../../lib/manifest/edits.ts'
import { formatManifest } from '../../../lib/manifest/format-manifest.ts'
import type { Manifest } from '../../../lib/manifest/types.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, upload } from './samples.ts'

const test = suite('lib/manifest: edits')

const v = (version: string | null) => ({ dataset: 'model.sqlite', version })
const publication = { dataset: 'model.sqlite', version: 'v1', commit: 'abcd', description: '' }
const addition = { dataset: 'model.sqlite', bucket: 'production', entry: upload(3) }

const edits: Record<string, (before: Manifest) => Manifest> = {
  addPendingEntry: (before) => addPendingEntry(before, addition),
  finalizeEntry: (before) => finalizeEntry(before, { ...publication, version: 'v2' }),
  setMark: (before) => setMark(before, v('v1'), true),
  removeMarked: (before) => removeMarked(setMark(before, v('v1'), true), v('v1')),
  withdrawEntry: (before) => withdrawEntry(before, { ...v(null), version: 'v2' }),
}

for (const [name, edit] of Object.entries(edits)) {
  test(`${name} returns a new manifest and leaves the old one and other datasets alone`, () => {
    const other = dataset([published(1)], { fileName: 'other.sqlite' })
    const before = manifest(other, dataset([upload(2), published(1)]))
    const text = formatManifest(before)
    const after = edit(before)
    assert.is.not(formatManifest(after), text)
    assert.is(formatManifest(before), text)
    assert.is(after.datasets[0], before.datasets[0])
  })
}

test('an edit of a dataset or version that is not there is refused and suggests', async () => {
  const before = manifest(dataset([published(1)]))
  const missing = { dataset: 'modle.sqlite', version: 'v1' }
  for (const edit of [
    () => finalizeEntry(before, { ...publication, ...missing }),
    () => setMark(before, missing, true),
    () => setMark(before, { ...missing, version: null }, true),
    () => removeMarked(before, missing),
    () => withdrawEntry(before, missing),
  ]) {
    const error = await failure('DM_UNKNOWN_DATASET', edit)
    assert.match(error.hint, "Did you mean 'model.sqlite'?")
  }
  const unknown = { dataset: 'model.sqlite', version: 'v9' }
  for (const edit of [
    () => finalizeEntry(before, { ...publication, ...unknown }),
    () => setMark(before, unknown, true),
    () => removeMarked(before, unknown),
    () => withdrawEntry(before, unknown),
  ]) {
    const error = await failure('DM_UNKNOWN_VERSION', edit)
    assert.match(error.hint, 'v1')
    assert.equal(error.context, { ...unknown, known: ['v1'] })
  }
})

test.run()
