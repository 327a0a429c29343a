import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyDatasetName } from '../../../lib/manifest/dataset-name.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest } from './samples.ts'

const test = suite('lib/manifest/verify-dataset-name')

const existing = manifest(dataset([]), dataset([], { fileName: 'Old name (1).db' }))

test('a name that the manifest has is accepted as it is', () => {
  verifyDatasetName(existing, 'model.sqlite')
  verifyDatasetName(existing, 'Old name (1).db')
})

test('a good new name is accepted', () => {
  verifyDatasetName(existing, 'new-model.sqlite')
})

test('a name that differs only in case from another is refused', async () => {
  const error = await failure('DM_NAME_TAKEN', () => verifyDatasetName(existing, 'MODEL.sqlite'))
  assert.is(error.exit, 2)
  assert.match(error.message, 'MODEL.sqlite')
  assert.match(error.hint, "Use 'model.sqlite'")
  const capital = manifest(dataset([], { fileName: 'Model.sqlite' }))
  await failure('DM_NAME_TAKEN', () => verifyDatasetName(capital, 'model.sqlite'))
})

test('a bad new name is refused with the rule and a good name', async () => {
  const error = await failure('DM_NAME_INVALID', () => verifyDatasetName(existing, '../new model'))
  assert.is(error.exit, 2)
  assert.match(error.message, 'it must begin with a letter or a digit')
  assert.match(error.message, '../new model')
  assert.is(error.hint, "Use 'new_model.sqlite'.")
  const without = await failure('DM_NAME_INVALID', () => verifyDatasetName(existing, '...'))
  assert.match(without.hint, 'such as model.sqlite')
})

test.run()
