import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findProposedChanges, indexEntries } from '../../../lib/base/proposed-changes.ts'
import { type ScannedEntry, scanManifest } from '../../../lib/base/scan-manifest.ts'
import type { TestDataset, TestEntry } from '../../helpers/data-repository.ts'
import { dataset, published, upload } from '../publication/scene.ts'

const test = suite('what a branch asks for')

const scan = (datasets: readonly TestDataset[]): ScannedEntry[] =>
  scanManifest(Buffer.from(JSON.stringify(datasets))) ?? []

/** What is asked for, a word each: `upload x v2`. */
function changes(
  before: readonly TestDataset[],
  after: readonly TestDataset[],
  now: readonly TestDataset[] = before,
): string[] {
  return findProposedChanges(indexEntries(scan(before)), scan(after), indexEntries(scan(now))).map(
    ({ kind, entry, isWhole }) =>
      `${kind} ${entry.dataset} ${isWhole ? 'all' : `v${entry.number}`}`,
  )
}

const x = (...entries: TestEntry[]): TestDataset[] => [dataset('x', entries)]
const marked = { status: 'pending-deletion' }
const gone = (...entries: TestEntry[]): TestDataset[] => [dataset('x', entries, marked)]

const v1 = published('x', 'v1')
const v2 = published('x', 'v2')
const v3 = upload('x', 'v3')
const back = { ...v1, version: 'v3', commit: 'pending-merge' }

test('an upload and a rollback, also of what is new, and what corrects another one', () => {
  assert.equal(changes(x(v1), x(v3, v1)), ['upload x.sqlite v3'])
  assert.equal(changes([], x(v3)), ['upload x.sqlite v3'])
  assert.equal(changes(x(v1), x(back, v1)), ['rollback x.sqlite v3'])
  const corrected = upload('x', 'v3', { text: 'better' })
  assert.equal(changes(x(v3, v1), x(corrected, v1)), ['upload x.sqlite v3'])
})

test('a mark, and one that is taken back', () => {
  assert.equal(changes(x(v2, v1), x(v2, { ...v1, ...marked })), ['deletion x.sqlite v1'])
  assert.equal(changes(x(v2, v1), gone(v2, v1)), ['deletion x.sqlite all'])
  assert.equal(changes(x({ ...v2, ...marked }), x(v2)), ['withdrawal x.sqlite v2'])
  assert.equal(changes(gone(v2, v1), x(v2, v1)), ['withdrawal x.sqlite all'])
})

test('a pending version that is taken back, alone or with its dataset', () => {
  assert.equal(changes(x(v3, v1), x(v1)), ['withdrawal x.sqlite v3'])
  assert.equal(changes(x(v3), []), ['withdrawal x.sqlite v3'])
})

test('what the base has by now is no longer asked for', () => {
  const done = { ...v3, commit: 'abcdef1', staging_key: undefined as never }
  assert.equal(changes(x(v1), x(v3, v1), x(v3, v1)), [])
  assert.equal(changes(x(v1), x(v3, v1), x(done, v1)), [])
  assert.equal(changes(x(v1), gone(v1), gone(v1)), [])
  assert.equal(changes(x(v1), x({ ...v1, ...marked }), x({ ...v1, ...marked })), [])
  assert.equal(changes(x(v3, v1), x(v1), x(v1)), [])
  assert.equal(changes(x(v3, v1), x(v1), x(done, v1)), [])
  assert.equal(changes(gone(v1), x(v1), x(v1)), [])
  assert.equal(changes(x({ ...v1, ...marked }), x(v1), x(v1)), [])
  // Carried out, and another dataset of this name has come since.
  const other = published('x', 'v2', { text: 'another' })
  assert.equal(changes(x(v1), gone(v1), x(other)), [])
  // That another version took the number does not settle it.
  assert.equal(changes(x(v1), x(v3, v1), x(upload('x', 'v3', { text: 'faster' }), v1)), [
    'upload x.sqlite v3',
  ])
})

test('what it does not ask for is nothing, whatever else it changes', () => {
  assert.equal(changes(x(v2, v1), x(v2)), [])
  assert.equal(changes(x(v1), x(v2, v1)), [])
  assert.equal(changes(x(v1), []), [])
})

test.run()
