import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { objectKey } from '../../../lib/manifest/object-key.ts'
import { stagingKey } from '../../../lib/manifest/staging-key.ts'
import { dataset, published, sha, upload } from './samples.ts'

const test = suite('lib/manifest/object-key')

const keyOf = (history: Parameters<typeof dataset>[0], version = 'v9'): string =>
  objectKey(dataset(history), 'model.sqlite', version, sha(9))

test('a new dataset gets a folder of its name without .sqlite', () => {
  assert.is(objectKey(null, 'model.sqlite', 'v1', sha(1)), `model/v1-${sha(1)}.sqlite`)
  assert.is(objectKey(null, 'a.sqlite.sqlite', 'v1', sha(1)), `a.sqlite/v1-${sha(1)}.sqlite`)
  assert.is(keyOf([]), `model/v9-${sha(9)}.sqlite`)
})

test('an update stays in the folder of its predecessor, however that is called', () => {
  const folder = (key: string) => [published(1, { r2_object_key: key })]
  assert.is(keyOf(folder('internal/v1-x.sqlite')), `internal/v9-${sha(9)}.sqlite`)
  assert.is(keyOf(folder('a/b c/v1-x.sqlite')), `a/b c/v9-${sha(9)}.sqlite`)
  assert.is(keyOf(folder('v1-x.sqlite')), `v9-${sha(9)}.sqlite`)
})

test('the predecessor is the highest version below, in whatever order they are', () => {
  const at = (number: number) => upload(number, { r2_object_key: `folder-${number}/x.sqlite` })
  assert.is(keyOf([at(2), at(10), at(1)], 'v9'), `folder-2/v9-${sha(9)}.sqlite`)
  assert.is(keyOf([at(2), at(10), at(1)], 'v11'), `folder-10/v11-${sha(9)}.sqlite`)
  assert.is(keyOf([at(2), at(10), at(1)], 'v1'), `model/v1-${sha(9)}.sqlite`)
})

test('the same bytes wait in staging under the same key', () => {
  assert.is(stagingKey(sha(1)), `staging-uploads/${sha(1)}.sqlite`)
})

test.run()
