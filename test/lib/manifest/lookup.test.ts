import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findEntry, namesHashElsewhere, namesObject } from '../../../lib/manifest/lookup.ts'
import { dataset, manifest, published, sha, upload } from './samples.ts'

const test = suite('lib/manifest/lookup')

const all = manifest(
  dataset([upload(3), published(2), published(1)]),
  dataset([published(4)], { fileName: 'secret.sqlite', bucket: 'internal' }),
)

test('an entry is found by dataset and version, whatever its state', () => {
  assert.equal(findEntry(all, 'model.sqlite', 'v3'), upload(3))
  assert.equal(findEntry(all, 'model.sqlite', 'v1'), published(1))
  assert.is(findEntry(all, 'model.sqlite', 'v4'), undefined)
  assert.is(findEntry(all, 'other.sqlite', 'v1'), undefined)
})

test('a published entry of the bucket names an object, a pending one does not yet', () => {
  const isNamed = (bucket: string, number: number): boolean =>
    namesObject(all, { bucket, key: `model/v${number}-${sha(number)}.sqlite` })
  assert.equal(
    [1, 2, 3, 4].map((number) => isNamed('production', number)),
    [true, true, false, false],
  )
  assert.equal(
    [1, 2, 3, 4].map((number) => isNamed('internal', number)),
    [false, false, false, true],
  )
})

test('a hash is looked for in all other buckets, pending or not', () => {
  const isElsewhere = (bucket: string, number: number): boolean =>
    namesHashElsewhere(all, sha(number), bucket)
  assert.equal(
    [1, 3, 4, 5].map((number) => isElsewhere('internal', number)),
    [true, true, false, false],
  )
  assert.equal(
    [1, 3, 4].map((number) => isElsewhere('production', number)),
    [false, false, true],
  )
})

test.run()
