import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { schemaFindings } from '../../../lib/manifest/findings.ts'
import type { Finding } from '../../../lib/manifest/problem.ts'
import { dataset, published, sha, upload } from './samples.ts'

const test = suite('schemaFindings')

function found(value: unknown): Finding[] {
  return [...schemaFindings(value)]
}

/** What the schema has against one field of an entry; null: nothing. */
function entryRule(fields: Record<string, unknown>): string | null {
  const [finding, ...rest] = found([{ ...dataset([]), history: [{ ...published(1), ...fields }] }])
  assert.is(rest.length, 0)
  if (finding === undefined) return null
  assert.equal(finding.path, [0, 'history', 0, ...Object.keys(fields)])
  return finding.reason
}

function datasetRule(fields: Record<string, unknown>): string | null {
  const [finding, ...rest] = found([{ ...dataset([]), ...fields }])
  assert.is(rest.length, 0)
  if (finding === undefined) return null
  assert.equal(finding.path, [0, ...Object.keys(fields)])
  return finding.reason
}

const key = `model/v1-${sha(1)}.sqlite`

const entryCases: Record<string, { rule: RegExp; good: unknown[]; bad: unknown[] }> = {
  version: {
    rule: /^must be v and a number from 1/,
    good: ['v1', 'v999999999999999'],
    bad: [
      'v0',
      'v01',
      '1',
      'V1',
      'v1 ',
      'v1\n',
      'v-1',
      'v1.0',
      'v1234567890123456',
      'latest',
      1,
      null,
    ],
  },
  timestamp: {
    rule: /^must be a time in UTC/,
    good: ['2026-01-02T03:04:05Z', '2026-12-31T23:59:60.123456789Z'],
    bad: ['2026-01-02T03:04:05+00:00', '2026-13-02T03:04:05Z', '2026-01-02', 'x', 5, null],
  },
  sha256: {
    rule: /^must be 64 lower-case hex digits/,
    good: [sha(1)],
    bad: [sha(1).slice(1), `${sha(1)}0`, 'A'.repeat(64), 'g'.repeat(64), `${sha(1)}\n`, 7, null],
  },
  bytes: {
    rule: /^must be a whole number of bytes/,
    good: [1, 2 ** 53 - 1],
    bad: [0, -1.5, 1.5, 2 ** 53, '4096', null],
  },
  r2_object_key: {
    rule: /^must be a relative key/,
    good: [key, 'model.sqlite', 'a/b/c d/é.sqlite', '.hidden/..x'],
    bad: [
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      'a/..',
      './a',
      'a\\b',
      'a\nb',
      'a\u202Eb',
      'a\u0000',
      3,
    ],
  },
  staging_key: {
    rule: /^must be staging-uploads\/<scope>\/<sha256>\.sqlite/,
    good: [
      `staging-uploads/${sha(1)}.sqlite`,
      `staging-uploads/0123abcd/${sha(1)}.sqlite`,
      `staging-uploads/0123abcd/${sha(1)}.sqlite.zst`,
      `staging-uploads/0123abcd/${sha(1)}-from-${sha(2)}.delta`,
    ],
    bad: [
      // Only this program makes them, and it makes them below a scope.
      `staging-uploads/${sha(1)}.sqlite.zst`,
      `staging-uploads/${sha(1)}-from-${sha(2)}.delta`,
      `staging-uploads/0123abcd/${sha(1)}-from-${sha(1)}.delta`,
      `staging-uploads/0123abcd/${sha(1)}.diff.sql`,
      `staging-uploads/${sha(1)}`,
      `other/${sha(1)}.sqlite`,
      `staging-uploads/0123abc/${sha(1)}.sqlite`,
      `staging-uploads/../${sha(1)}.sqlite`,
      null,
    ],
  },
  compressedBytes: {
    rule: /^must be a whole number of bytes/,
    good: [1],
    bad: [0, -1, 1.5, '1', null],
  },
  delta: {
    rule: /^must (?:be an object that describes a delta|have the field)/,
    good: [{ from: sha(1), bytes: 1 }],
    bad: [null, 'x', [], { from: sha(1) }, { bytes: 1 }],
  },
  diffFromPrevious: {
    rule: /^must be null or a relative path/,
    good: [null, 'diffs/model.sqlite/diff-v1-to-v2.diff'],
    bad: ['', '../x', '/etc/passwd', 'a/./b', 'C:\\x', 'a\tb', false],
  },
  commit: {
    rule: /^must be pending-merge or the hash of a commit/,
    good: ['abcd', 'pending-merge', sha(1)],
    bad: ['abc', 'ABCD', 'pending', 'HEAD', '', `${sha(1)}0`, null],
  },
  description: {
    rule: /^must be a text/,
    good: ['', 'lines\nof text', null],
    bad: [7, ['a'], {}],
  },
  status: {
    rule: /^must be pending-deletion, or absent/,
    good: ['pending-deletion'],
    bad: ['deleted', '', null, true],
  },
}

for (const [field, { rule, good, bad }] of Object.entries(entryCases)) {
  test(`${field} of a version keeps its rule`, () => {
    for (const value of good) assert.is(entryRule({ [field]: value }), null, JSON.stringify(value))
    for (const value of bad) {
      assert.match(entryRule({ [field]: value }) ?? 'accepted', rule, JSON.stringify(value))
    }
  })
}

const datasetCases: Record<string, { rule: RegExp; good: unknown[]; bad: unknown[] }> = {
  fileName: {
    rule: /^must be a file name/,
    good: ['model.sqlite', 'x', 'Été (alt).db', '.hidden'],
    bad: ['', '.', '..', 'a..b', 'a/b', 'a\\b', 'a\nb', '\u200Ba', 'a\uD800', 5, null],
  },
  bucket: {
    rule: /^must be the name of a bucket/,
    good: ['production', 'a-1'],
    bad: ['', 'Production', '1a', 'a_b', '../x', null],
  },
  latestVersion: {
    rule: /^must be v and a number from 1/,
    good: ['v3'],
    bad: ['3', 'v0', null],
  },
  history: {
    rule: /^must be an array of versions/,
    good: [[]],
    bad: [null, {}, 'x'],
  },
}

for (const [field, { rule, good, bad }] of Object.entries(datasetCases)) {
  test(`${field} of a dataset keeps its rule`, () => {
    for (const value of good)
      assert.is(datasetRule({ [field]: value }), null, JSON.stringify(value))
    for (const value of bad) {
      assert.match(datasetRule({ [field]: value }) ?? 'accepted', rule, JSON.stringify(value))
    }
  })
}

test('what a delta says is checked as well', () => {
  for (const delta of [
    { from: 'x', bytes: 1 },
    { from: sha(1), bytes: 0 },
  ]) {
    const [finding] = found([dataset([published(1, { delta })])])
    const field = delta.bytes === 0 ? 'bytes' : 'from'
    assert.equal(finding?.path, [0, 'history', 0, 'delta', field])
  }
})

test('a missing field is told by the object that lacks it', () => {
  for (const field of ['version', 'timestamp', 'sha256', 'r2_object_key', 'commit']) {
    const entry = Object.fromEntries(
      Object.entries(published(1)).filter(([name]) => name !== field),
    )
    assert.equal(found([{ fileName: 'a.sqlite', history: [entry] }]), [
      { path: [0, 'history', 0], reason: `must have the field '${field}'` },
    ])
  }
})

test('anything but an array of objects is refused', () => {
  for (const value of [null, {}, 'x', 7]) {
    assert.equal(found(value), [{ path: [], reason: 'must be an array of datasets' }])
  }
  for (const value of [null, [], 'x']) {
    const reason = 'must be an object that describes a dataset'
    assert.equal(found([value]), [{ path: [0], reason }])
  }
})

test('a long history is checked in parts, each problem told once and in its place', () => {
  const history = Array.from({ length: 2500 }, (_, index) => published(index + 1))
  const long = { ...dataset(history), bucket: 'Odd' }
  for (const index of [0, 999, 1000, 1999, 2499]) history[index] = published(1, { sha256: 'odd' })
  const paths = found([dataset([]), long, 7]).map(({ path }) => path.join('/'))
  assert.equal(paths.toSorted(), [
    '1/bucket',
    '1/history/0/sha256',
    '1/history/1000/sha256',
    '1/history/1999/sha256',
    '1/history/2499/sha256',
    '1/history/999/sha256',
    '2',
  ])
})

test('problems are found as far as they are asked for', () => {
  const wrong = { fileName: 'a.sqlite', history: Array<unknown>(1_000_000).fill(7) }
  const before = process.cpuUsage()
  assert.is([...schemaFindings([wrong, wrong]).take(10)].length, 10)
  assert.ok(process.cpuUsage(before).user < 300_000)
})

test('a good manifest gives nothing', () => {
  assert.equal(found([dataset([upload(2), published(1)])]), [])
})

test.run()
