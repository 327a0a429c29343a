import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import type { DatabaseDiff, TableDiff } from '../../../lib/diff/types.ts'
import type { ProposedItem } from '../../../lib/manifest/proposed-items.ts'
import { type DataChange, findExceeding, summarize } from '../../../lib/review/limits.ts'
import { created, published, upload } from './review-scene.ts'

const test = suite('lib/review/limits')

const model = created('model', 'production', published('model', 'v1'), upload('model', 'v2'))
const item: ProposedItem = {
  kind: 'upload',
  dataset: model as unknown as ProposedItem['dataset'],
  entry: (model.history[0] ?? null) as ProposedItem['entry'],
}
const change: DataChange = { changedRows: 11, vanishedKeys: 2, schemaChanges: 1, isWhole: true }

function find(review: object, found: DataChange | undefined, one = item): string[] {
  return findExceeding({
    items: [one],
    review: parseConfig({ review }, 'test').review,
    findChange: () => found,
    isTold: () => one.dataset.bucket !== 'internal',
    refused: null,
  }).map(({ code, message }) => `${code} ${message}`)
}

test('what exceeds a limit is told by number', () => {
  assert.match(
    find({ maxChangedRows: 10 }, change)[0] ?? '',
    'changes 11 rows, where 10 are allowed',
  )
  assert.match(find({ maxVanishedKeys: 1 }, change)[0] ?? '', 'takes 2 keys away, where 1 are')
  assert.match(find({ schemaChanges: false }, change)[0] ?? '', 'changes the schema in 1 places')
  assert.match(find({ maxVanishedKeys: 1 }, change)[0] ?? '', /^DM_REVIEW_LIMIT /)
  const all = { maxChangedRows: 11, maxVanishedKeys: 2, schemaChanges: true }
  assert.equal(find(all, change), [])
  assert.equal(find({}, undefined), [])
})

test('a dataset has its own limits, key by key', () => {
  const own = (limits: object): object => ({
    maxChangedRows: 5,
    datasets: { 'model.sqlite': limits },
  })
  assert.equal(find(own({ maxChangedRows: 20 }), change), [])
  assert.is(find(own({ maxVanishedKeys: 0 }), change).length, 1)
  assert.is(
    find({ maxChangedRows: 5, datasets: { other: { maxChangedRows: 50 } } }, change).length,
    1,
  )
})

test('what nobody could compute is beyond any limit', () => {
  const limits = { maxChangedRows: 1000 }
  assert.match(find(limits, undefined)[0] ?? '', /^DM_REVIEW_UNKNOWN/)
  assert.match(find(limits, { ...change, isWhole: false })[0] ?? '', /^DM_REVIEW_UNKNOWN/)
})

test('of a private dataset no number is told; a first version changes nothing', () => {
  const secret = created('secret', 'internal', published('secret', 'v1'), upload('secret', 'v2'))
  const dataset = secret as unknown as ProposedItem['dataset']
  const [told = ''] = find({ maxChangedRows: 1 }, change, { ...item, dataset })
  assert.match(told, 'changes more than the config allows')
  assert.not.match(told, '11')
  const first = created(
    'new',
    'production',
    upload('new', 'v1'),
  ) as unknown as ProposedItem['dataset']
  assert.equal(find({ maxChangedRows: 1 }, undefined, { ...item, dataset: first }), [])
})

test('rows of tables that come and go count', () => {
  const table = { inserted: 0, updated: 3, deleted: 1, rowsBefore: 10, rowsAfter: 20 }
  const tables = (['kept', 'added', 'removed'] as const).map(
    (state) => Object.assign({ state }, table) as unknown as TableDiff,
  )
  const diff = { schema: [{ object: 'pragma' }, { object: 'table' }], tables, uncompared: [] }
  assert.equal(summarize(diff as unknown as DatabaseDiff), {
    changedRows: 4 + 24 + 13,
    vanishedKeys: 1 + 1 + 10,
    schemaChanges: 1,
    isWhole: true,
  })
})

test.run()
