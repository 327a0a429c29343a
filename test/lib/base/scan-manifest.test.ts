import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entriesOf, scanManifest } from '../../../lib/base/scan-manifest.ts'
import { dataset, published, rollback, sha, upload } from '../manifest/samples.ts'

const test = suite('lib/base/scan-manifest')

const scan = (value: unknown): ReturnType<typeof scanManifest> =>
  scanManifest(Buffer.from(JSON.stringify(value)))

const numbers = (value: unknown): number[] | undefined => scan(value)?.map(({ number }) => number)

test('it tells of each entry what history needs to know', () => {
  const model = dataset([upload(2), published(1)], { bucket: 'internal' })
  const common = { dataset: 'model.sqlite', bucket: 'internal', marked: false, gone: false }
  assert.equal(scan([model]), [
    {
      ...common,
      number: 2,
      sha256: sha(2),
      key: `model/v2-${sha(2)}.sqlite`,
      stagingKey: `staging-uploads/${sha(2)}.sqlite`,
      pending: true,
    },
    {
      ...common,
      number: 1,
      sha256: sha(1),
      key: `model/v1-${sha(1)}.sqlite`,
      stagingKey: null,
      pending: false,
    },
  ])
})

test('a dataset without a bucket is in production', () => {
  assert.is(scan([dataset([published(1)])])?.[0]?.bucket, 'production')
})

test('the mark of a dataset counts for each of its entries', () => {
  const status = 'pending-deletion'
  const marks = (value: unknown): boolean[] | undefined => scan(value)?.map(({ marked }) => marked)
  assert.equal(marks([dataset([published(2), published(1)], { status })]), [true, true])
  assert.equal(marks([dataset([published(2, { status }), published(1)])]), [true, false])
})

test('what is no manifest cannot be read, which is not the same as empty', () => {
  for (const text of ['', '{', '<<<<<<< HEAD', 'null', '7', '{}', '"x"', '\uFEFF[]']) {
    assert.is(scanManifest(Buffer.from(text)), null, text)
  }
  assert.is(scanManifest(Buffer.from([0xff, 0xfe, 0x00])), null)
  assert.equal(scan([]), [])
})

test('what can be read only in part cannot be read: it may name anything', () => {
  const good = dataset([published(1)])
  const broken = [
    null,
    7,
    [],
    { fileName: 5, history: [published(5)] },
    { fileName: 'x.sqlite', bucket: null, history: [published(5)] },
    { fileName: 'x.sqlite', history: 'none' },
    { fileName: 'x.sqlite', history: [] as unknown, bucket: 7 },
    { fileName: 'x.sqlite', history: {} },
    { fileName: 'x.sqlite', history: [{ ...published(5), sha256: 5 }] },
    { fileName: 'x.sqlite', history: [Object.assign([], published(5))] },
    { fileName: 'x.sqlite', history: [null, 'v5', { ...published(5), sha256: 5 }] },
    { fileName: 'x.sqlite', history: [{ ...published(5), r2_object_key: null }] },
  ]
  for (const one of broken) assert.is(scan([one, good]), null, JSON.stringify(one))
})

test('what has a field twice cannot be read: one of the two would be lost', () => {
  const text = JSON.stringify([dataset([published(1)])])
  const twice = text.replace('"history":', '"history":[],"history":')
  assert.is.not(scanManifest(Buffer.from(text)), null)
  assert.is(scanManifest(Buffer.from(twice)), null)
})

test('what a stranger proposes takes no memory', () => {
  const before = process.resourceUsage().maxRSS
  assert.is(scanManifest(Buffer.alloc(20_000_000, '[')), null)
  assert.ok(process.resourceUsage().maxRSS - before < 150_000)
})

test('a version that is no version name cannot be read, whatever it is', () => {
  const versions: unknown[] = [
    'v0',
    'v01',
    '5',
    'V5',
    'v5 ',
    'xv5',
    'v-5',
    5,
    null,
    ['v5'],
    { toString: 5 },
  ]
  for (const version of versions) {
    const history = [{ ...published(5), version }, published(1)]
    assert.is(scan([{ fileName: 'x.sqlite', history }]), null, JSON.stringify(version))
  }
})

test('a number that no version can have cannot be read', () => {
  for (const version of [`v${'9'.repeat(400)}`, 'v1234567890123456']) {
    assert.is(scan([dataset([published(1, { version })])]), null)
  }
  const version = 'v999999999999999'
  assert.equal(numbers([dataset([published(1, { version })])]), [999_999_999_999_999])
})

test('a manifest that has been read says the same as its text, of all or of some', () => {
  const status = 'pending-deletion'
  const datasets = [
    dataset([upload(2), published(1, { status })]),
    dataset([published(3), rollback(4, published(3))], { fileName: 'x.sqlite', status }),
    dataset([published(5)], { fileName: 'y.sqlite', bucket: 'internal' }),
  ]
  const text = Buffer.from(JSON.stringify(datasets))
  for (const only of [undefined, new Set<string>(), new Set(['x.sqlite', 'y.sqlite'])]) {
    const found = entriesOf({ datasets, origin: null }, only)
    assert.equal(found, scanManifest(text, only))
    assert.is(found.length, only === undefined ? 5 : only.size === 0 ? 0 : 3)
  }
})

test('where only some are asked about, it does not matter what others are', () => {
  const datasets = [dataset([published(1)]), { fileName: 'x.sqlite', history: 7 }]
  const text = Buffer.from(JSON.stringify(datasets))
  assert.is(scanManifest(text, new Set(['model.sqlite']))?.length, 1)
  assert.is(scanManifest(text, new Set(['x.sqlite'])), null)
  assert.is(scanManifest(text), null)
})

test.run()
