import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import { isOwnPage, planDatasetPages } from '../../../lib/publication/dataset-page.ts'

const test = suite('planDatasetPages')
const hash = (digit: string): string => digit.repeat(64)

const entry = (version: string, digit: string, more: object = {}): object => ({
  version,
  timestamp: '2026-01-02T03:04:05.678Z',
  sha256: hash(digit),
  bytes: 2048,
  r2_object_key: `m/${version}-${hash(digit)}.sqlite`,
  commit: 'abcdef1',
  description: 'New data',
  ...more,
})

function pagesOf(
  datasets: object[],
  page = 'docs/datasets.md',
): ReturnType<typeof planDatasetPages> {
  const manifest = parseManifest(JSON.stringify(datasets), { source: 'manifest.json' })
  const buckets = { production: { url: 'https://data.example.org/' }, internal: { url: null } }
  return planDatasetPages(manifest, buckets, page)
}

function pageOf(datasets: object[]): string {
  return pagesOf(datasets).newest.format()
}

test('it is this, to the letter: by name, whatever their order and their bucket', () => {
  const old = { bytes: undefined, description: null, timestamp: '2026-01-02T23:59:59Z' }
  const page = pageOf([
    { fileName: 'c.sqlite', bucket: 'constructor', history: [entry('v1', 'c')] },
    { fileName: 'a.sqlite', history: [entry('v1', 'a', old)] },
    { fileName: 'b.sqlite', bucket: 'gone', history: [entry('v1', 'b')] },
  ])
  const rows = ({ name, size, words, end }: Record<string, string>): string[] => [
    '',
    `## ${name}.sqlite`,
    '',
    '| Version | Prepared | Size | SHA-256 | Description | Download |',
    '| --- | --- | --- | --- | --- | --- |',
    `| v1 | 2026-01-02 | ${size} | \`${hash(name ?? '')}\` | ${words} | ${end} |`,
  ]
  const filled = { size: '2.0 KiB', words: 'New data', end: 'private' }
  const link = `[v1](https://data.example.org/m/v1-${hash('a')}.sqlite)`
  const lines = [
    '<!-- Written by `dm publish` from the manifest; changes by hand are lost. -->',
    '',
    '# Datasets',
    ...rows({ name: 'a', size: '', words: '', end: link }),
    ...rows({ name: 'b', ...filled }),
    ...rows({ name: 'c', ...filled }),
    '',
  ]
  assert.is(page, lines.join('\n'))
  assert.ok(isOwnPage(Buffer.from(page)))
})

test('every published version has a row, the newest first, with its link', () => {
  const history = [entry('v9', '9'), entry('v10', 'a')]
  const page = pageOf([{ fileName: 'm.sqlite', history }])
  const rows = page.split('\n').filter((line) => line.startsWith('| v'))
  assert.equal(rows, [
    `| v10 | 2026-01-02 | 2.0 KiB | \`${hash('a')}\` | New data | [v10](https://data.example.org/m/v10-${hash('a')}.sqlite) |`,
    `| v9 | 2026-01-02 | 2.0 KiB | \`${hash('9')}\` | New data | [v9](https://data.example.org/m/v9-${hash('9')}.sqlite) |`,
  ])
})

test('a key with a meaning in Markdown or in addresses is encoded', () => {
  const key = `it's (new)! *%/v1-${hash('a')}.sqlite`
  const page = pageOf([
    { fileName: 'm.sqlite', history: [entry('v1', 'a', { r2_object_key: key })] },
  ])
  const encoded = `it%27s%20%28new%29%21%20%2a%25/v1-${hash('a')}.sqlite`
  assert.match(page, `[v1](https://data.example.org/${encoded})`)
})

test('what is pending is not on it, and a private bucket has no links', () => {
  const waiting = {
    commit: 'pending-merge',
    staging_key: `staging-uploads/${hash('b')}.sqlite`,
    description: 'A secret plan',
  }
  const page = pageOf([
    {
      fileName: 'm.sqlite',
      bucket: 'internal',
      history: [entry('v2', 'b', waiting), entry('v1', 'a')],
    },
    { fileName: 'new.sqlite', history: [entry('v1', 'b', waiting)] },
  ])
  assert.not.match(page, 'secret plan')
  assert.not.match(page, 'new.sqlite')
  assert.match(page, '| private |')
  assert.not.match(page, 'https://')
})

test('a hostile description stays text', () => {
  const description = 'x | y <img src=x> [a](https://evil.example) `c` *b*\n# head @team'
  const page = pageOf([{ fileName: 'm.sqlite', history: [entry('v1', 'a', { description })] }])
  assert.is(page.split('\n').filter((line) => line.startsWith('#')).length, 2)
  assert.not.match(page, '<img')
  assert.not.match(page, '](https://evil')
  assert.not.match(page, ' https://evil')
  assert.match(page, 'x \\| y')
  assert.match(page, '\\@\u200bteam')
})

test('a page that was written by publish, or is empty, may be rewritten, no other', () => {
  const old =
    '# Datasets\n\nWritten by `dm publish` from the manifest; changes by hand are lost.\n\n## m.sqlite\n'
  for (const own of [pageOf([]), `${pageOf([])}\nA line below.\n`, old, '', '\n \n']) {
    assert.ok(isOwnPage(Buffer.from(own)), own)
  }
  const byHand = ['# Datasets\n', '# Our data\n\nSee the page of `dm publish`.\n', 'x']
  for (const page of [...byHand, `# Before\n${pageOf([])}`, `\uFEFF${byHand[0]}`]) {
    assert.not.ok(isOwnPage(Buffer.from(page)), page)
  }
})

function versions(count: number, without: readonly number[] = []): object[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  return numbers
    .filter((number) => !without.includes(number))
    .map((number) => entry(`v${number}`, 'a'))
}

function rowsOf(page: string): string[] {
  return page.split('\n').flatMap((line) => /^\| (v\d+) /.exec(line)?.[1] ?? [])
}

test('older versions have pages of fixed ranges: every version is on one page, the newest on the first', () => {
  for (const count of [1, 50, 51, 100, 101, 150, 151, 260]) {
    const { newest, older } = pagesOf([{ fileName: 'm.sqlite', history: versions(count) }])
    const all = [newest, ...older].flatMap(({ format }) => rowsOf(format()))
    const expected = Array.from({ length: count }, (_, index) => `v${count - index}`)
    assert.equal(all, expected)
    const onFirst = rowsOf(newest.format()).length
    assert.ok(onFirst >= Math.min(count, 51) && onFirst <= 100, `${count}: ${onFirst}`)
    assert.is(older.length, Math.max(0, Math.ceil(count / 50) - 2))
  }
})

test('a page of older versions stays the same while others are published, and links both ways', () => {
  const at = (count: number): ReturnType<typeof pagesOf> =>
    pagesOf([{ fileName: 'm.sqlite', history: versions(count, [7]) }])
  const [first] = at(101).older
  assert.is(first?.path, 'docs/datasets-older/m-v1-to-v50.md')
  assert.equal(rowsOf(first?.format() ?? '').length, 49)
  assert.is(at(240).older.at(-1)?.format(), first?.format())
  assert.ok(isOwnPage(Buffer.from(first?.format() ?? '')))
  assert.match(first?.format() ?? '', '[All datasets](../datasets.md)')
  const links = 'Older versions: [v51 to v100](datasets-older/m-v51-to-v100.md), '
  assert.match(at(151).newest.format(), `${links}[v1 to v50](datasets-older/m-v1-to-v50.md)`)
  assert.not.match(at(100).newest.format(), 'Older')
})

test('whatever a dataset is called, its pages are files of their own in the folder', () => {
  const history = versions(101)
  const names = ['a b.sqlite', 'a_b.sqlite', '-.sqlite', 'ü.sqlite', '*.sqlite', 'x', 'y.sqlite']
  const { older } = pagesOf(
    names.map((fileName) => ({ fileName, history })),
    'pages',
  )
  const paths = older.map(({ path }) => path)
  assert.is(new Set(paths.map((path) => path.toLowerCase())).size, names.length)
  for (const path of paths)
    assert.match(path, /^pages-older\/[A-Za-z0-9_-][A-Za-z0-9._-]*-v1-to-v50\.md$/)
})

test('an empty manifest gives a page without datasets', () => {
  assert.match(pageOf([]), /^<!-- .* -->\n\n# Datasets\n$/)
})

test.run()
