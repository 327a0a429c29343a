import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { checkPendingEntry, type PendingChange } from '../../../lib/manifest/verify-pending.ts'
import { dataset, published, rollback, sha, upload } from './samples.ts'

const test = suite('lib/manifest/verify-pending')

type Past = Partial<Pick<PendingChange, 'highestEver' | 'everPublished' | 'establishedBucket'>>

/**
 * The codes of what is illegal about an entry. Unless told otherwise the base's history knows the
 * published entries of the dataset, and its bucket.
 */
function codes(
  model: Dataset,
  entry: VersionEntry,
  past: Past = {},
  others: Dataset[] = [],
): string[] {
  return problems(model, entry, past, others).map(({ code }) => code)
}

function problems(
  model: Dataset,
  entry: VersionEntry,
  past: Past = {},
  others: Dataset[] = [],
): ReturnType<typeof checkPendingEntry> {
  const known = model.history.filter(({ commit }) => commit !== 'pending-merge')
  return checkPendingEntry({
    manifest: { datasets: [model, ...others], origin: null },
    dataset: model,
    entry,
    highestEver: Math.max(0, ...known.map(({ version }) => Number(version.slice(1)))),
    everPublished: new Set(known.map(({ version }) => version)),
    establishedBucket: known.length === 0 ? null : (model.bucket ?? 'production'),
    ...past,
  })
}

test('the first upload of a new dataset, and one on top of a history, are legal', () => {
  assert.equal(codes(dataset([upload(1)]), upload(1)), [])
  assert.equal(codes(dataset([upload(3), published(2), published(1)]), upload(3)), [])
})

test('a rollback on top of a history is legal', () => {
  const entry = rollback(3, published(1))
  assert.equal(codes(dataset([entry, published(2), published(1)]), entry), [])
})

test('a problem names dataset and version and says what to do', () => {
  const [problem, ...rest] = problems(dataset([upload(5), published(1)]), upload(5))
  assert.equal(rest, [])
  assert.equal(
    [problem?.code, problem?.dataset, problem?.version],
    ['DM_CHANGE_VERSION', 'model.sqlite', 'v5'],
  )
  assert.match(problem?.message ?? '', /must be v2,.*prepare the file again/)
})

test('a new name must keep the rules for names, one that is there already need not', () => {
  const bad = { fileName: 'my model.sqlite' }
  const key = { r2_object_key: `my model/v1-${sha(1)}.sqlite` }
  assert.equal(codes(dataset([upload(1, key)], bad), upload(1, key)), ['DM_CHANGE_NAME'])
  const old = dataset([upload(2), published(1)], bad)
  assert.equal(codes(old, upload(2)), [])
  // All its versions were deleted since, but it is no new name.
  const again = upload(2, { r2_object_key: `my model/v2-${sha(2)}.sqlite` })
  assert.equal(codes(dataset([again], bad), again, { highestEver: 1 }), [])
})

test('a name must be unique, ignoring case', () => {
  const ask = (fileName: string): string[] =>
    codes(dataset([upload(1)]), upload(1), {}, [dataset([], { fileName })])
  assert.equal(ask('other.sqlite'), [])
  assert.equal(ask('Model.SQLITE'), ['DM_CHANGE_NAME'])
})

test('the bucket of a dataset never changes, also where it was deleted in between', () => {
  const model = dataset([upload(2), published(1)], { bucket: 'internal' })
  assert.equal(codes(model, upload(2), { establishedBucket: 'internal' }), [])
  assert.equal(codes(model, upload(2), { establishedBucket: 'production' }), ['DM_CHANGE_BUCKET'])
  const silent = dataset([upload(2)])
  assert.equal(codes(silent, upload(2), { highestEver: 1, establishedBucket: 'production' }), [])
  const moved = { highestEver: 1, establishedBucket: 'internal' }
  assert.equal(codes(silent, upload(2), moved), ['DM_CHANGE_BUCKET'])
})

test('a marked dataset takes no new entries', () => {
  const status = 'pending-deletion'
  const model = dataset([upload(2), published(1)], { status })
  assert.equal(codes(model, upload(2)), ['DM_CHANGE_DATASET_MARKED'])
  const oneMarked = dataset([upload(2), published(1, { status })])
  assert.equal(codes(oneMarked, upload(2)), [])
})

test('a pending entry is withdrawn, not marked', () => {
  const entry = upload(2, { status: 'pending-deletion' })
  assert.equal(codes(dataset([entry, published(1)]), entry), ['DM_CHANGE_ENTRY_MARKED'])
})

test('what was published and reverted in git is refused, with the hint to roll back', () => {
  const model = dataset([upload(2), published(1)])
  const past = { highestEver: 2, everPublished: new Set(['v1', 'v2']) }
  const [problem, ...rest] = problems(model, upload(2), past)
  assert.equal(rest, [])
  assert.is(problem?.code, 'DM_CHANGE_REVERTED')
  assert.match(problem?.message ?? '', 'restore it by a rollback')
})

test('the number is one above the highest that the dataset ever had', () => {
  const ask = (number: number, highestEver: number): string[] =>
    codes(dataset([upload(number), published(1)]), upload(number), { highestEver })
  assert.equal(ask(2, 1), [])
  assert.equal(ask(3, 1), ['DM_CHANGE_VERSION'])
  // v2 to v4 were withdrawn or deleted: their numbers are not used again.
  assert.equal(ask(5, 4), [])
  for (const taken of [2, 3, 4, 6]) assert.equal(ask(taken, 4), ['DM_CHANGE_VERSION'])
})

test('entries that came together count up without a gap', () => {
  const model = dataset([upload(4), upload(3), upload(2), published(1)])
  for (const number of [2, 3, 4]) assert.equal(codes(model, upload(number)), [])
  const gap = dataset([upload(4), upload(2), published(1)])
  assert.equal(codes(gap, upload(2)), [])
  assert.equal(codes(gap, upload(4)), ['DM_CHANGE_VERSION'])
})

test('the staging key is exactly that of the hash', () => {
  const entry = upload(2, { staging_key: `staging-uploads/${sha(3)}.sqlite` })
  assert.equal(codes(dataset([entry, published(1)]), entry), ['DM_CHANGE_STAGING_KEY'])
})

test('the key is in the folder of the predecessor and names version and hash', () => {
  const ask = (folder: string, key: string): string[] => {
    const before = published(1, { r2_object_key: `${folder}v1-${sha(1)}.sqlite` })
    const entry = upload(2, { r2_object_key: key })
    return codes(dataset([entry, before]), entry)
  }
  assert.equal(ask('internal/', `internal/v2-${sha(2)}.sqlite`), [])
  assert.equal(ask('', `v2-${sha(2)}.sqlite`), [])
  for (const key of [
    `model/v2-${sha(2)}.sqlite`,
    `internal/v1-${sha(2)}.sqlite`,
    `internal/v2-${sha(2)}.sqlite.sqlite`,
    `internal/x/v2-${sha(2)}.sqlite`,
  ]) {
    assert.equal(ask('internal/', key), ['DM_CHANGE_KEY'], key)
  }
})

test('a rollback restores key and hash of a published, unmarked version of its dataset', () => {
  const ask = (restored: VersionEntry, history: VersionEntry[]): string[] => {
    const entry = rollback(9, restored)
    return codes(dataset([entry, ...history]), entry, { highestEver: 8 })
  }
  const status = 'pending-deletion'
  assert.equal(ask(published(1), [published(8), published(1)]), [])
  assert.equal(ask(published(1), [published(8)]), ['DM_CHANGE_ROLLBACK'])
  assert.equal(ask(published(1), [published(8), published(1, { status })]), ['DM_CHANGE_ROLLBACK'])
  assert.equal(ask(upload(1), [published(8), upload(1)]), ['DM_CHANGE_ROLLBACK'])
  const mixed = published(1, { r2_object_key: `model/v8-${sha(1)}.sqlite` })
  assert.equal(ask(mixed, [published(8), published(1)]), ['DM_CHANGE_ROLLBACK'])
  const otherBytes = published(1, { sha256: sha(8) })
  assert.equal(ask(otherBytes, [published(8), published(1)]), ['DM_CHANGE_ROLLBACK'])
})

test('an upload that leaves out its staging key is judged as a rollback', () => {
  const { staging_key: _, ...entry } = upload(2)
  assert.equal(codes(dataset([entry, published(1)]), entry), ['DM_CHANGE_ROLLBACK'])
})

test('everything that is illegal about an entry is told at once', () => {
  const entry = upload(7, { status: 'pending-deletion', r2_object_key: `x/v7-${sha(7)}.sqlite` })
  const model = dataset([entry, published(1)], { status: 'pending-deletion' })
  assert.equal(codes(model, entry, { establishedBucket: 'internal' }), [
    'DM_CHANGE_BUCKET',
    'DM_CHANGE_DATASET_MARKED',
    'DM_CHANGE_ENTRY_MARKED',
    'DM_CHANGE_VERSION',
    'DM_CHANGE_KEY',
  ])
})

test.run()
