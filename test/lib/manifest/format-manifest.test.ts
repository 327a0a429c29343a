import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  addPendingEntry,
  finalizeEntry,
  setMark,
  withdrawEntry,
} from '../../../lib/manifest/edits.ts'
import { createEntry } from '../../../lib/manifest/create-entry.ts'
import { emptyManifest } from '../../../lib/manifest/types.ts'
import { formatManifest } from '../../../lib/manifest/format-manifest.ts'
import { dataset, published, read, sha, upload, written } from './samples.ts'

const test = suite('lib/manifest/format-manifest')

const other = dataset([published(1)], { fileName: 'other.sqlite' })
const name = { dataset: 'model.sqlite', version: 'v2' }
const v1 = { dataset: 'model.sqlite', version: 'v1' }
const addition = { dataset: 'model.sqlite', bucket: 'production', entry: upload(2) }

/** The lines of `after` that `before` does not have, and the other way round. */
function changedLines(before: string, after: string): { added: string[]; removed: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')]
  return {
    added: now.filter((line) => !old.includes(line)).map((line) => line.trim()),
    removed: old.filter((line) => !now.includes(line)).map((line) => line.trim()),
  }
}

test('a new manifest has two spaces of indentation and a newline at its end', () => {
  assert.is(formatManifest(emptyManifest), '[]\n')
  const entry = createEntry({
    version: 'v1',
    timestamp: new Date('2026-01-02T03:04:05.678Z'),
    sha256: sha(1),
    bytes: 4096,
    key: `model/v1-${sha(1)}.sqlite`,
    stagingKey: `staging-uploads/${sha(1)}.sqlite`,
    diffFromPrevious: null,
    fields: { temoaRepoHash: 'abcd' },
  })
  const text = formatManifest(addPendingEntry(emptyManifest, { ...addition, entry }))
  assert.is(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  assert.is(formatManifest(read(text)), text)
  assert.match(text, /^\[\n {2}\{\n {4}"fileName": "model.sqlite",\n {4}"bucket": "production",\n/)
})

test('an edit of a manifest in the standard layout changes just its own lines', () => {
  const value = dataset([upload(2), published(1)], { latestVersion: 'v1' })
  const before = `${JSON.stringify([other, value], null, 2)}\n`
  const publication = { ...name, commit: '1234567', description: 'Über "alles"' }
  const after = formatManifest(finalizeEntry(read(before), publication))
  assert.equal(changedLines(before, after), {
    added: ['"commit": "1234567",', '"description": "Über \\"alles\\""', '"latestVersion": "v2"'],
    removed: [
      '"commit": "pending-merge",',
      '"description": "The v2",',
      `"staging_key": "staging-uploads/${sha(2)}.sqlite"`,
      '"latestVersion": "v1"',
    ],
  })
  assert.is(after, `${JSON.stringify(JSON.parse(after), null, 2)}\n`)
})

test('what an edit does not touch keeps its text: indentation, escapes, spelling of numbers', () => {
  const entry = `{"version":"v1" , "timestamp":"2026-01-02T03:04:05Z","sha256":"${sha(1)}",
        "r2_object_key" : "model\\/v1-${sha(1)}.sqlite","commit":"abcd","description":"\\u00e9","n":1.0}`
  const odd = `   { "fileName":"odd.sqlite",   "history":[ ], "x": 1e2 }`
  const before = `[\n${odd},\n{"fileName":"model.sqlite","history":[\n\n   ${entry}], "y" : 12345678901234567890}\n]`
  const after = formatManifest(addPendingEntry(read(before), addition))
  for (const text of [
    odd.trim(),
    entry,
    '"y" : 12345678901234567890',
    '"fileName":"model.sqlite"',
  ]) {
    assert.ok(after.includes(text), text)
  }
  assert.not.ok(after.endsWith('\n'))
  assert.equal(written(read(after)), JSON.parse(after))
  assert.is(read(after).datasets[1]?.history.length, 2)
})

test('every dataset keeps its text where they stand in one line, and white space around the root', () => {
  const one = (stem: string): string => `{"fileName":"${stem}.sqlite","history":[],"n":1.0}`
  const model = JSON.stringify(dataset([published(1)]))
  const before = `\n [${one('a')},${model},${one('b')} , ${one('c')}]\t`
  const after = formatManifest(setMark(read(before), v1, true))
  assert.ok(after.startsWith(`\n [\n  ${one('a')},\n  {`))
  assert.ok(after.endsWith(`},\n  ${one('b')},\n  ${one('c')}\n]\t`))
})

test('the indentation is that of the first dataset, not of what is deeper', () => {
  const entry = JSON.stringify(published(1))
  const before = `[{"fileName":"model.sqlite","history":[\n\t\t\t${entry}]}]`
  const after = formatManifest(addPendingEntry(read(before), addition))
  assert.match(after, /^\[\n {2}\{\n {4}"fileName"/)
})

test('an edited entry keeps the text and the order of its other fields', () => {
  const fields = `"2030":1.0,"\\u0078":"\\u00e9","10":[ 1 ,2],"__proto__":{"a" : 1}`
  const text = (commit: string): string =>
    `[{"fileName":"model.sqlite","2050":1e2,"history":[{"version":"v1","timestamp":"2026-01-02T03:04:05Z",` +
    `"sha256":"${sha(1)}","r2_object_key":"model/v1-${sha(1)}.sqlite",${fields},"commit":"${commit}"}]}]`
  const after = formatManifest(setMark(read(text('abcd')), v1, true))
  const flat = after.replaceAll(/\n\s*/g, '')
  const expected = text('abcd').replace('"abcd"', '"abcd","status": "pending-deletion"')
  assert.is(flat, expected.replace('"history":[', '"history": ['))
})

test('a mark that is set and taken back leaves the file as it was', () => {
  const before = `${JSON.stringify([dataset([published(2), published(1)]), other], null, 2)}\n`
  for (const target of [v1, { dataset: 'model.sqlite', version: null }]) {
    const marked = setMark(read(before), target, true)
    assert.is.not(formatManifest(marked), before)
    assert.is(formatManifest(setMark(marked, target, false)), before)
    assert.is(formatManifest(setMark(read(formatManifest(marked)), target, false)), before)
  }
})

test('an addition that is withdrawn leaves the file as it was', () => {
  const before = `${JSON.stringify([other, dataset([published(1)])], null, 2)}\n`
  const added = read(formatManifest(addPendingEntry(read(before), addition)))
  assert.is(formatManifest(withdrawEntry(added, name)), before)
})

test('what is new follows the indentation and the line ends of the file', () => {
  const value = [dataset([published(1)])]
  for (const indent of ['    ', '\t', '   ']) {
    const before = `${JSON.stringify(value, null, indent)}\n`.replaceAll('\n', '\r\n')
    const after = formatManifest(addPendingEntry(read(before), addition))
    const expected = `${JSON.stringify(JSON.parse(after), null, indent)}\n`.replaceAll('\n', '\r\n')
    assert.is(after, expected, JSON.stringify(indent))
  }
})

test('what surrounds the array stays', () => {
  const before = ` \n\t[]  \n\n`
  const after = formatManifest(addPendingEntry(read(before), addition))
  assert.ok(after.startsWith(' \n\t[\n  {') && after.endsWith('}\n]  \n\n'))
})

test.run()
