import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withDefaults } from '../../../lib/config/defaults.ts'
import { findRuleProblems } from '../../../lib/config/rules.ts'
import type { Config } from '../../../lib/config/types.ts'
import { reservedFields } from '../../../lib/manifest/create-entry.ts'

const test = suite('lib/config/rules')

/** Which keys a config has problems with. */
function paths(config: Config): string[] {
  return findRuleProblems(withDefaults(config)).map(({ path }) => path)
}

test('the embedded default breaks no rule', () => {
  assert.equal(paths({}), [])
})

test('the staging and the default bucket must be there', () => {
  const buckets = { incoming: {}, public: {} }
  assert.equal(paths({ buckets, staging: 'incoming', defaultBucket: 'public' }), [])
  assert.equal(paths({ buckets }), ['staging', 'defaultBucket'])
  const [problem] = findRuleProblems(withDefaults({ buckets, defaultBucket: 'public' }))
  assert.is(
    problem?.fix,
    "Add 'staging' to 'buckets', or set 'staging' to one of: incoming, public.",
  )
})

test('what waits in staging is not public', () => {
  const url = 'https://data.example.org/'
  assert.equal(paths({ buckets: { staging: {}, production: { url } } }), [])
  assert.equal(paths({ buckets: { staging: { url }, production: {} } }), ['buckets.staging.url'])
  assert.equal(paths({ buckets: { in: { url }, production: {} }, staging: 'in' }), [
    'buckets.in.url',
  ])
})

test('a dataset cannot live in the staging bucket', () => {
  assert.equal(paths({ defaultBucket: 'staging' }), ['defaultBucket'])
})

test('two buckets cannot be one real bucket, also where a name is left out', () => {
  const name = 'one-bucket'
  assert.equal(paths({ buckets: { staging: { name }, production: { name: 'another' } } }), [])
  assert.equal(paths({ buckets: { staging: { name }, production: { name } } }), [
    'buckets.production.name',
  ])
  assert.equal(paths({ buckets: { staging: {}, production: { name: 'staging' } } }), [
    'buckets.production.name',
  ])
  const three = { staging: { name }, production: { name }, internal: { name } }
  assert.is(paths({ buckets: three }).length, 2)
})

test('a former stamp is listed once', () => {
  assert.equal(paths({ formerly: ['old/name', 'old/name#data', 'Old/name'] }), [])
  assert.equal(paths({ formerly: ['old/name', 'a/b', 'old/name'] }), ['formerly.2'])
})

test('a field cannot take the name of one of the manifest', () => {
  for (const field of reservedFields) {
    assert.equal(paths({ fields: { [field]: {} } }), [`fields.${field}`])
  }
  assert.equal(paths({ fields: { temoaRepoHash: {} } }), [])
})

test('the manifest and the diffs cannot be in each other’s way', () => {
  assert.equal(paths({ manifest: 'data/manifest.json', diffs: 'data/diffs' }), [])
  assert.equal(paths({ manifest: 'diffs.json', diffs: 'diffs' }), [])
  for (const [manifest, diffs] of [
    ['same', 'same'],
    ['diffs/manifest.json', 'diffs'],
    ['manifest.json', 'manifest.json/diffs'],
    ['Data/manifest.json', 'data'],
    ['data/m.json', 'data/m.retired.json'],
  ] as const) {
    assert.equal(paths({ manifest, diffs }), ['diffs'])
  }
})

test('AWS needs a region, another endpoint does not', () => {
  assert.equal(paths({ storage: { type: 's3' } }), ['storage.region'])
  assert.equal(paths({ storage: { type: 's3', region: 'auto' } }), ['storage.region'])
  assert.equal(paths({ storage: { type: 's3', region: 'eu-west-1' } }), [])
  assert.equal(paths({ storage: { type: 's3', endpoint: 'https://s3.example.org' } }), [])
})

test('the page has a path of its own, or there is none', () => {
  assert.equal(paths({ page: 'manifest.json' }), ['page'])
  assert.equal(paths({ page: 'manifest.retired.json' }), ['page'])
  assert.equal(paths({ page: 'diffs/page.md' }), ['page'])
  assert.equal(paths({ page: 'docs/source/datasets.md' }), [])
  assert.equal(paths({ page: null }), [])
})

test.run()
