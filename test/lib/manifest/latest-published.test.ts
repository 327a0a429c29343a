import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  latestPublished,
  markedItems,
  newestEntry,
  pendingEntries,
} from '../../../lib/manifest/status.ts'
import type { VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, manifest, published, upload } from './samples.ts'

const test = suite('lib/manifest/latest-published')

const status = 'pending-deletion'
const latest = (...history: VersionEntry[]): string | undefined =>
  latestPublished(dataset(history))?.version

test('latest is the highest number, not the first entry and not what latestVersion says', () => {
  assert.is(latest(published(2), published(10), published(9)), 'v10')
  const stale = dataset([published(2), published(1)], { latestVersion: 'v1' })
  assert.is(latestPublished(stale)?.version, 'v2')
})

test('latest is neither pending nor marked', () => {
  assert.is(latest(upload(4), published(3, { status }), published(2), published(1)), 'v2')
  assert.is(latest(upload(2), published(1, { status })), undefined)
  assert.is(latest(), undefined)
})

test('a dataset that is marked has no latest version', () => {
  assert.is(latestPublished(dataset([published(1)], { status })), undefined)
})

test('the newest entry is the highest number of all', () => {
  assert.is(newestEntry(dataset([published(2), upload(10), published(9)]))?.version, 'v10')
  assert.is(newestEntry(dataset([])), undefined)
})

test('pending entries are listed by dataset, the lowest version first', () => {
  const other = dataset([upload(1)], { fileName: 'other.sqlite' })
  const all = manifest(dataset([upload(10), upload(9), published(8)]), other)
  assert.equal(
    pendingEntries(all).map(({ dataset: { fileName }, entry }) => `${fileName} ${entry.version}`),
    ['model.sqlite v9', 'model.sqlite v10', 'other.sqlite v1'],
  )
})

test('of a marked dataset only the dataset is listed as marked', () => {
  const whole = dataset([published(1, { status })], { fileName: 'other.sqlite', status })
  const all = manifest(dataset([published(2), published(1, { status })]), whole)
  assert.equal(
    markedItems(all).map(({ dataset: { fileName }, entry }) => [fileName, entry && entry.version]),
    [
      ['model.sqlite', 'v1'],
      ['other.sqlite', null],
    ],
  )
})

test.run()
