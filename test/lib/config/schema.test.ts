import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configSchema } from '../../../lib/config/schema.ts'

const test = suite('lib/config/schema')

/** For each key: how a value of it stands in a config, what is accepted, and what is not. */
const cases: Record<
  string,
  { config: (value: unknown) => object; good: unknown[]; bad: unknown[] }
> = {
  'the real name of a bucket': {
    config: (name) => ({ buckets: { staging: { name } } }),
    good: ['abc', 'my-bucket.v2', '0-a', 'a'.repeat(63)],
    bad: ['', 'ab', 'A-bucket', 'a_b_c', '-abc', 'abc-', 'a'.repeat(64), 'a/b', '..', 7],
  },
  'the logical name of a bucket': {
    config: (name) => ({ buckets: { [String(name)]: {} } }),
    good: ['staging', 'team-1', 'x'],
    bad: ['Staging', '1team', 'a b', '', 'a_b'],
  },
  'the public URL of a bucket': {
    config: (url) => ({ buckets: { production: { url } } }),
    good: [
      'https://data.example.org/',
      'https://x.org/a/b',
      'http://localhost:8080/',
      'http://127.0.0.1/',
      'http://[::1]:1/',
    ],
    bad: [
      'ftp://localhost/',
      'https://ada@x.org/',
      'https://:key@x.org/',
      'https://x.org/?a=b',
      'https://x.org/#a',
      'http://data.example.org/',
      'ftp://x.org/',
      'data.example.org',
      '',
      'file:///etc',
      'http://localhost.example.org/',
    ],
  },
  'the endpoint of a storage': {
    config: (endpoint) => ({ storage: { type: 's3', endpoint } }),
    good: ['https://a.r2.cloudflarestorage.com', 'http://minio.internal:9000'],
    bad: [
      'https://.r2.cloudflarestorage.com',
      'https://ada@x.org',
      'https://:key@x.org',
      'https://x.org?a',
      'https://x.org#a',
      'ftp://x.org',
      'a.r2.cloudflarestorage.com',
      '',
      's3://x',
      'https://',
    ],
  },
  'the region of a storage': {
    config: (region) => ({ storage: { type: 's3', region } }),
    good: ['auto', 'eu-central-1'],
    bad: ['', 7],
  },
  'the path of the page': {
    config: (page) => ({ page }),
    good: ['docs/datasets.md', null],
    bad: ['', '../page.md', false],
  },
  'the question for a field': {
    config: (prompt) => ({ fields: { note: { prompt } } }),
    good: ['Which one?'],
    bad: ['', 7],
  },
  'the path of a storage': {
    config: (path) => ({ storage: { type: 'folder', path } }),
    good: ['store', '../elsewhere', '/srv/store', 'a~b'],
    bad: ['', 7, '~', '~/store', 'a\0b'],
  },
  'the name of a variable': {
    config: (name) => ({
      buckets: { staging: { credentials: { accessKeyId: name, secretAccessKey: 'SECRET' } } },
    }),
    good: ['R2_ACCESS_KEY_ID', '_X', 'A1'],
    bad: ['', 'lower', '1A', 'A-B', 'AKIA/xyz+', '$A'],
  },
  'the repository': {
    config: (repository) => ({ repository }),
    good: ['owner/name', 'a.b-c/d_e.f', 'local/data-0a1b2c3d', 'my%20team/data~1', '.github/..a'],
    bad: ['name', 'a/b/c', '/b', 'a/', 'a b/c', 'https://github.com/a/b', 'a/b#c', '../b', 'a/..'],
  },
  'the remote': {
    config: (remote) => ({ git: { remote } }),
    good: ['origin', 'team/upstream', 'my-fork.2'],
    bad: [
      '',
      '-x',
      '--upload-pack=x',
      'a b',
      'https://x.org/a.git',
      'git@x.org:a/b',
      '../x',
      'a\0',
      7,
    ],
  },
  'the base': {
    config: (base) => ({ git: { base } }),
    good: ['main', 'release/2026', 'a@b', '#1', 'träd'],
    bad: [
      7,
      ...' -x refs/heads/main HEAD @ a..b a//b /a a/ a. .a a/.b a.lock a.lock/b a@{1}'.split(' '),
      ...'a~1 a^ a:b a? a* a[ a\\b'.split(' '),
      'a b',
      'a\nb',
    ],
  },
  'a former stamp': {
    config: (stamp) => ({ formerly: [stamp] }),
    good: ['owner/name', 'owner/name#data', 'owner/name#a/b%20c', 'local/data-0a1b2c3d'],
    bad: ['name', 'a/b/c', 'a/b#', 'a/b#c/', 'a/b#c d', 'a/b#c\n', '../b', 'a/..#c', 'a/é', 7],
  },
  'the retention': {
    config: (retention) => ({ retention }),
    good: ['7d', '12h', '30m', '2w', '99999w'],
    bad: ['', '0d', '7', 'd', '-1d', '1.5h', '7 d', '7D', '1s', '7days', '100000d', 7],
  },
  'the size of the cache': {
    config: (size) => ({ cache: { size } }),
    good: ['10GiB', '500 MiB', '1.5TiB', '0', '1B'],
    bad: ['', '10', 'GiB', '-1GiB', '10GB', '1e3GiB', '10gib', 10],
  },
  'the compression': {
    config: (compression) => ({ compression }),
    good: [false, {}, { level: 1 }, { level: 19 }],
    bad: [
      true,
      null,
      3,
      { level: 0 },
      { level: 20 },
      { level: 1.5 },
      { level: '3' },
      { levels: 3 },
    ],
  },
  'the most that is downloaded for a diff': {
    config: (maxDownload) => ({ diff: { maxDownload } }),
    good: ['2GiB', '0'],
    bad: ['2', 2],
  },
  'the most lines of a diff': {
    config: (lines) => ({ diff: { lines } }),
    good: [0, 500],
    bad: [-1, 1.5, '500'],
  },
  'the path of the manifest': {
    config: (manifest) => ({ manifest }),
    good: ['manifest.json', 'data/manifest.json', '.data/x', 'a..b'],
    bad: [
      '',
      '/manifest.json',
      'a//b',
      'a/',
      './a',
      'a/../b',
      '..',
      '.git/x',
      'a/.git',
      'a\\b',
      'a\nb',
      '.GIT/x',
    ],
  },
  'the folder of the diffs': {
    config: (diffs) => ({ diffs }),
    good: ['diffs', 'a/b'],
    bad: ['', '/diffs', '../diffs', '.git'],
  },
  'the pattern of a field': {
    config: (pattern) => ({ fields: { note: { pattern } } }),
    good: ['^[0-9a-f]{4,40}$', '', '\\p{L}+'],
    bad: ['(', '[', '\\p{Nope}', '*', 7],
  },
  'the name of a field': {
    config: (name) => ({ fields: { [String(name)]: {} } }),
    good: ['temoaRepoHash', 'a1', 'a_b'],
    bad: ['', '1a', '_a', 'a-b', 'a b', 'é'],
  },
  'a change of a graph': {
    config: (change) => ({ pipelines: { prepare: change } }),
    good: [(graph: unknown) => graph],
    bad: ['x', {}, null, 7],
  },
}

for (const [name, { config, good, bad }] of Object.entries(cases)) {
  test(`${name} keeps its rule`, () => {
    for (const value of good)
      assert.ok(configSchema.safeParse(config(value)).success, String(value))
    for (const value of bad) {
      assert.not.ok(configSchema.safeParse(config(value)).success, JSON.stringify(value))
    }
  })
}

test('every key is optional', () => {
  assert.ok(configSchema.safeParse({}).success)
  assert.ok(configSchema.safeParse({ storage: undefined, git: {}, buckets: undefined }).success)
})

test.run()
