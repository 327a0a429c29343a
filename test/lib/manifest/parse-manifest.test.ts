import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bucketOf } from '../../../lib/manifest/lookup.ts'
import { formatManifest } from '../../../lib/manifest/format-manifest.ts'
import { dataset, published, read, rollback, sha } from './samples.ts'

const test = suite('lib/manifest/parse-manifest')

const entryText = (more = ''): string =>
  `{"version":"v1","timestamp":"2026-01-02T03:04:05Z","sha256":"${sha(1)}",` +
  `"r2_object_key":"model/v1-${sha(1)}.sqlite","commit":"abcd"${more}}`

const manifestText = (entry: string, more = ''): string =>
  `[{"fileName":"model.sqlite","history":[${entry}]${more}}]`

test('a manifest without a change is written back byte for byte', () => {
  const value = [dataset([published(2), published(1)], { bucket: 'internal', latestVersion: 'v2' })]
  const texts = {
    standard: `${JSON.stringify(value, null, 2)}\n`,
    'four spaces': JSON.stringify(value, null, 4),
    tabs: `${JSON.stringify(value, null, '\t')}\n\n`,
    'no layout': JSON.stringify(value),
    'CRLF line ends': `${JSON.stringify(value, null, 2)}\n`.replaceAll('\n', '\r\n'),
    'odd white space': ` \n[ {"fileName" :\t"model.sqlite",\n\n "history":[\r\n${entryText()} ] }\n ] \n`,
    escapes: manifestText(
      entryText(',"description":"\\u00e9 \\/ \\ud83d\\ude00 \\u003cb\\u003e é/😀"'),
    ),
    'escapes in names of fields': manifestText(entryText(',"\\u006eote":1')),
    'spellings of numbers': manifestText(
      entryText(',"a":1.0,"b":1e3,"c":-0,"d":12345678901234567890123,"e":0.1000,"f":1E+400'),
    ),
    'fields unknown to dm': manifestText(
      entryText(',"temoaRepoHash":null,"nested":{"deep":[{"er":[]}]},"2050":true,"":""'),
      ',"owner":{"name":"Ada"},"2030":1',
    ),
    'a field called __proto__': manifestText(entryText(',"__proto__":{"x":1}'), ',"__proto__":[]'),
    'no dataset': '[]',
    'a dataset without versions': '[ {"fileName":"model.sqlite","history":[ ]} ]\n',
  }
  for (const [name, text] of Object.entries(texts)) {
    assert.is(formatManifest(read(text)), text, name)
    assert.is(formatManifest(read(Buffer.from(text))), text, `${name}, from bytes`)
  }
})

test('what it reads is what JSON.parse reads', () => {
  const text = manifestText(
    entryText(',"description":"\\u00e9\\n\\"","n":[1.50,-2e2,true,null,{"a":{}}]'),
    ',"note":"ü"',
  )
  assert.equal(read(text).datasets, JSON.parse(text))
})

test('the fields that old manifests leave out may be absent', () => {
  const [model] = read(manifestText(entryText())).datasets
  assert.ok(model)
  assert.is(bucketOf(model), 'production')
  const [entry] = model.history
  for (const field of ['bytes', 'staging_key', 'diffFromPrevious', 'description', 'status']) {
    assert.is(entry?.[field], undefined, field)
  }
})

test('what old manifests have is accepted', () => {
  const cases = {
    'a stale latestVersion': dataset([published(3), published(2)], { latestVersion: 'v1' }),
    'no first version any more, after pruning': dataset([published(7), published(6)]),
    'the oldest version first': dataset([published(1), published(2)]),
    'a key in another folder': dataset([published(1, { r2_object_key: 'internal/old/v1.sqlite' })]),
    'a key that does not name the hash, once published': dataset([
      published(1, { r2_object_key: 'model.sqlite' }),
    ]),
    'a time in microseconds': dataset([published(1, { timestamp: '2025-07-25T16:13:20.872123Z' })]),
    'no description': dataset([published(1, { description: null })]),
    'a name that is not allowed for a new dataset': dataset([], { fileName: 'Été (alt) .db' }),
    'a whole commit hash': dataset([published(1, { commit: sha(1).slice(0, 40) })]),
    'a pending rollback, which has no staging key': dataset([
      rollback(2, published(1)),
      published(1),
    ]),
  }
  for (const [name, value] of Object.entries(cases)) {
    assert.not.throws(() => read(JSON.stringify([value])), undefined, name)
  }
})

test('what was read cannot be changed', () => {
  const { datasets } = read(JSON.stringify([dataset([published(1)])]))
  const [model] = datasets
  assert.ok(Object.isFrozen(datasets) && Object.isFrozen(model))
  assert.ok(Object.isFrozen(model?.history) && Object.isFrozen(model?.history[0]))
})

test('a field called __proto__ is an ordinary field', () => {
  const [model] = read(manifestText(entryText(), ',"__proto__":{"bucket":"internal"}')).datasets
  assert.ok(model)
  assert.is(Object.getPrototypeOf(model), Object.prototype)
  assert.is(bucketOf(model), 'production')
  assert.equal(Object.getOwnPropertyDescriptor(model, '__proto__')?.value, { bucket: 'internal' })
})

test.run()
