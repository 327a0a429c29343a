import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addPendingEntry, finalizeEntry } from '../../../lib/manifest/edits.ts'
import { compareManifests, type ManifestChange } from '../../../lib/manifest/compare-manifests.ts'
import type { Dataset, Manifest } from '../../../lib/manifest/types.ts'
import { dataset, manifest, published, read, upload } from './samples.ts'

const test = suite('lib/manifest/compare-manifests')

function told(change: ManifestChange): string {
  const version = 'entry' in change ? ` ${change.entry.version}` : ''
  const fields = 'fields' in change ? `: ${change.fields.join(', ')}` : ''
  return `${change.kind} ${change.dataset.fileName}${version}${fields}`
}

function changes(before: Manifest, after: Manifest): string[] {
  return compareManifests(before, after).map(told)
}

const other = dataset([published(1)], { fileName: 'other.sqlite' })

test('layout and order are no differences', () => {
  const value = [dataset([published(2), published(1)], { bucket: 'internal' }), other]
  const turned = value
    .map((one): Dataset => ({ ...one, history: one.history.toReversed() }))
    .toReversed()
  assert.equal(changes(manifest(...value), read(JSON.stringify(turned, null, 7))), [])
  const same = manifest(...value)
  assert.equal(compareManifests(same, same), [])
})

test('an added or removed dataset shows its entries too', () => {
  const [without, withModel] = [
    manifest(other),
    manifest(other, dataset([upload(2), published(1)])),
  ]
  assert.equal(changes(without, withModel), [
    'dataset-added model.sqlite',
    'entry-added model.sqlite v2',
    'entry-added model.sqlite v1',
  ])
  assert.equal(changes(withModel, without), [
    'dataset-removed model.sqlite',
    'entry-removed model.sqlite v2',
    'entry-removed model.sqlite v1',
  ])
})

test('the fields that differ are named, also nested and unknown ones', () => {
  const before = manifest(dataset([published(1, { note: { a: [1] } })], { bucket: 'production' }))
  const after = manifest(dataset([published(1, { note: { a: [2] }, bytes: 3 })], { owner: 'Ada' }))
  assert.equal(changes(before, after), [
    'dataset-changed model.sqlite: bucket, owner',
    'entry-changed model.sqlite v1: note, bytes',
  ])
})

test('a field that every object inherits counts only where it is its own', () => {
  const text = (more: string): Manifest => read(`[{"fileName":"model.sqlite","history":[]${more}}]`)
  const odd = text(',"__proto__":{},"constructor":1')
  assert.equal(changes(text(''), odd), ['dataset-changed model.sqlite: __proto__, constructor'])
  assert.equal(changes(odd, text('')), ['dataset-changed model.sqlite: __proto__, constructor'])
  assert.equal(changes(odd, text(',"constructor":1,"__proto__":{}')), [])
})

test('a publication is told apart from any other change', () => {
  const before = manifest(dataset([upload(2), published(1)], { latestVersion: 'v1' }))
  const publication = {
    dataset: 'model.sqlite',
    version: 'v2',
    commit: '1234567',
    description: 'x',
  }
  const after = finalizeEntry(before, publication)
  assert.equal(changes(before, after), [
    'dataset-changed model.sqlite: latestVersion',
    'entry-published model.sqlite v2: commit, description, staging_key',
  ])
  const edited = manifest(dataset([published(2, { bytes: 1 }), published(1)]))
  assert.match(changes(before, edited).join(), 'entry-changed model.sqlite v2')
  assert.match(changes(after, before).join(), 'entry-changed model.sqlite v2')
})

test('what was published before, or is not now, is no publication, whatever is different', () => {
  const kinds = (before: Manifest, after: Manifest): string[] =>
    compareManifests(before, after).map(({ kind }) => kind)
  const description = 'Better words'
  const pending = (fields = {}): Manifest => manifest(dataset([upload(1, fields)]))
  const done = (fields = {}): Manifest => manifest(dataset([published(1, fields)]))
  assert.equal(kinds(pending(), pending({ description })), ['entry-changed'])
  assert.equal(kinds(done(), done({ description })), ['entry-changed'])
  assert.equal(kinds(done(), pending({ description })), ['entry-changed'])
  assert.equal(kinds(pending(), done({ description })), ['entry-published'])
})

test('after an edit only what was edited differs', () => {
  const before = manifest(other, dataset([published(1)]))
  const after = addPendingEntry(before, { dataset: 'model.sqlite', bucket: '', entry: upload(2) })
  const [change, ...rest] = compareManifests(before, after)
  assert.equal(rest, [])
  assert.is(change?.kind, 'entry-added')
  assert.is(change?.dataset, after.datasets[1])
})

test.run()
