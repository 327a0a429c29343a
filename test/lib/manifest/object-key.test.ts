import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Companion,
  companionKey,
  companionOf,
  isStagingKeyOf,
  objectKey,
  parseStagedDiff,
  parseStagingKey,
  stagedDiffKey,
  type StagedForm,
  stagingKey,
  stagingScope,
} from '../../../lib/manifest/keys.ts'
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

test('staged bytes are told by their key: the hash, the form and what a delta builds upon', () => {
  const of = (form?: StagedForm): string => stagingKey('owner/name', 'internal', sha(1), form)
  const scope = stagingScope('owner/name', 'internal')
  const forms: [StagedForm, string][] = [
    [{ form: 'whole' }, `${sha(1)}.sqlite`],
    [{ form: 'compressed' }, `${sha(1)}.sqlite.zst`],
    [{ form: 'delta', base: sha(2) }, `${sha(1)}-from-${sha(2)}.delta`],
  ]
  for (const [form, name] of forms) {
    assert.is(of(form), `staging-uploads/${scope}/${name}`)
    assert.equal(parseStagingKey(of(form)), { sha256: sha(1), ...form })
    assert.ok(isStagingKeyOf(of(form), sha(1)))
    assert.not.ok(isStagingKeyOf(of(form), sha(2)))
  }
  assert.is(of(), of({ form: 'whole' }))
  // As the predecessor had it.
  const plain = `staging-uploads/${sha(1)}.sqlite`
  assert.equal(parseStagingKey(plain), { sha256: sha(1), form: 'whole' })
})

test('no other key is that of staged bytes', () => {
  const wrong = [
    `staging-uploads/0123abc/${sha(1)}.sqlite`,
    `staging-uploads/0123ABCD/${sha(1)}.sqlite`,
    `staging-uploads/01234567/x/${sha(1)}.sqlite`,
    `staging-uploads/../${sha(1)}.sqlite`,
    `other/${sha(1)}.sqlite`,
    `x/staging-uploads/${sha(1)}.sqlite`,
    // Without a scope there was nothing but whole files.
    `staging-uploads/${sha(1)}.sqlite.zst`,
    `staging-uploads/${sha(1)}-from-${sha(2)}.delta`,
    `staging-uploads/01234567/${sha(1)}.sqlite.zst.zst`,
    `staging-uploads/01234567/${sha(1)}.sqlite\n`,
    `staging-uploads/01234567/${sha(1)}-from-${sha(1)}.delta`,
    `staging-uploads/01234567/${sha(1)}-from-${sha(2)}.delta.zst`,
    `staging-uploads/01234567/x${sha(1)}-from-${sha(2)}.delta`,
    `staging-uploads/01234567/${sha(1)}.diff.sql`,
  ]
  for (const key of wrong) assert.is(parseStagingKey(key), undefined, key)
})

test('a staged diff lies beside the bytes that it belongs to, whatever form they have', () => {
  for (const form of [{ form: 'compressed' }, { form: 'delta', base: sha(2) }] as const) {
    const staged = stagingKey('owner/name', 'internal', sha(1), form)
    const diff = stagedDiffKey(staged)
    assert.is(diff, `staging-uploads/${stagingScope('owner/name', 'internal')}/${sha(1)}.diff.sql`)
    assert.is(parseStagedDiff(diff ?? ''), sha(1))
  }
  for (const key of [
    `staging-uploads/${sha(1)}.diff.sql`,
    `staging-uploads/0123abcd/${sha(1)}.sqlite`,
    `x/staging-uploads/0123abcd/${sha(1)}.diff.sql`,
  ]) {
    assert.is(parseStagedDiff(key), undefined, key)
  }
})

test('the companions of a database are told by their keys', () => {
  const key = `a b/model/v1-${sha(1)}.sqlite`
  const all: [Companion, string][] = [
    [{ kind: 'zst' }, `${key}.zst`],
    [{ kind: 'delta', base: sha(2) }, `${key}.from-${sha(2)}.delta`],
    [{ kind: 'diff' }, `${key}.diff.sql`],
  ]
  for (const [companion, expected] of all) {
    assert.is(companionKey(key, companion), expected)
    assert.equal(companionOf(expected), { key, ...companion })
    // One of what is itself no database.
    assert.is(companionOf(companionKey(expected, companion)), undefined)
  }
  const others = [
    key,
    `${key}.from-${sha(2).slice(1)}.delta`,
    `${key}.delta`,
    `${key}.zst.part`,
    `${key}/x.zst`,
    `model/other.sqlite.zst`,
    `staging-uploads/0123abcd/${sha(1)}.sqlite.zst`,
  ]
  for (const other of others) assert.is(companionOf(other), undefined, other)
})

test.run()
