import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withDefaults } from '../../../lib/config/defaults.ts'

const test = suite('lib/config/defaults')

test('an empty config is the embedded default', () => {
  assert.equal(withDefaults({}), {
    storage: null,
    buckets: {
      staging: { name: 'staging', url: null, credentials: null },
      production: { name: 'production', url: null, credentials: null },
      internal: { name: 'internal', url: null, credentials: null },
    },
    staging: 'staging',
    defaultBucket: 'production',
    repository: null,
    formerly: [],
    manifest: 'manifest.json',
    diffs: 'diffs',
    page: 'docs/datasets.md',
    git: { remote: 'origin', base: 'main' },
    fields: {},
    retentionMs: 7 * 86_400_000,
    review: { all: {}, datasets: {} },
    diff: { lines: 500, maxDownload: 2 * 1024 ** 3 },
    cache: { size: 10 * 1024 ** 3 },
    compression: { level: 3 },
    pipelines: {},
  })
})

test('a value that is undefined, as from a missing variable, counts as left out', () => {
  const nothing = { storage: undefined, manifest: undefined, git: { base: undefined } }
  assert.equal(withDefaults(nothing), withDefaults({}))
})

test('what is given stays', () => {
  const given = {
    storage: { type: 'folder', path: 'store' },
    staging: 'in',
    defaultBucket: 'out',
    repository: 'owner/name',
    formerly: ['old/name', 'owner/name#data'],
    manifest: 'data/manifest.json',
    diffs: 'data/diffs',
    page: null,
    git: { remote: 'upstream', base: 'trunk' },
    fields: { note: { optional: true } },
    pipelines: {},
  } as const
  const datasets = { 'a.sqlite': { schemaChanges: false } }
  const { buckets, retentionMs, review, diff, cache, compression, ...rest } = withDefaults({
    ...given,
    review: { maxChangedRows: 5, datasets },
    retention: '12h',
    diff: { lines: 7, maxDownload: '1.5MiB' },
    cache: { size: '0' },
    compression: false,
    buckets: { in: {}, out: { name: 'real' } },
  })
  assert.equal(rest, given)
  assert.equal(review, { all: { maxChangedRows: 5 }, datasets })
  assert.is(retentionMs, 12 * 3_600_000)
  assert.is(compression, null)
  assert.equal([diff, cache], [{ lines: 7, maxDownload: 1.5 * 1024 ** 2 }, { size: 0 }])
  assert.equal(Object.keys(buckets), ['in', 'out'])
  assert.is(buckets['out']?.name, 'real')
})

test('the public URL of a bucket ends in one slash, so that keys can be appended', () => {
  for (const url of ['https://x.org/a', 'https://x.org/a/', 'https://x.org/a//']) {
    assert.is(
      withDefaults({ buckets: { production: { url } } }).buckets['production']?.url,
      'https://x.org/a/',
    )
  }
})

test.run()
