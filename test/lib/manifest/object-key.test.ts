import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isStagingKeyOf, objectKey, stagingKey } from '../../../lib/manifest/keys.ts'
import { dataset, published, sha, upload } from './samples.ts'

const test = suite('lib/manifest/object-key')

const keyOf = (history: Parameters<typeof dataset>[0], version = 'v9'): string =>
  objectKey(dataset(history), 'model.sqlite', version, sha(9))

test('only the ending of a name is left out of its folder', () => {
  const key = objectKey(null, 'a.sqlite.v2.sqlite', 'v1', sha(1))
  assert.is(key, `a.sqlite.v2/v1-${sha(1)}.sqlite`)
})

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

test('the same bytes wait in staging under a key of their repository and bucket', () => {
  const key = stagingKey('owner/name', 'production', sha(1))
  // The first 8 digits of: printf 'owner/name\0production' | sha256sum
  assert.is(key, `staging-uploads/39bd8cd3/${sha(1)}.sqlite`)
  assert.is(stagingKey('owner/name', 'production', sha(1)), key)
  assert.is.not(stagingKey('owner/name', 'internal', sha(1)), key)
  assert.is.not(stagingKey('owner/name#folder', 'production', sha(1)), key)
})

test('staged bytes are found by their hash, with a scope or as the predecessor had it', () => {
  assert.ok(isStagingKeyOf(stagingKey('owner/name', 'internal', sha(1)), sha(1)))
  assert.ok(isStagingKeyOf(`staging-uploads/${sha(1)}.sqlite`, sha(1)))
  const wrong = [
    `staging-uploads/${sha(2)}.sqlite`,
    `staging-uploads/0123abc/${sha(1)}.sqlite`,
    `staging-uploads/0123ABCD/${sha(1)}.sqlite`,
    `staging-uploads/01234567/x/${sha(1)}.sqlite`,
    `staging-uploads/../${sha(1)}.sqlite`,
    `other/${sha(1)}.sqlite`,
    `staging-uploads/${sha(1)}.sqlite.zst`,
    `x/staging-uploads/${sha(1)}.sqlite`,
  ]
  for (const key of wrong) assert.not.ok(isStagingKeyOf(key, sha(1)), key)
})

test.run()
