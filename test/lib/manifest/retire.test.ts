import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isExplained,
  isUnderNumberOf,
  type ManifestState,
  retire,
  type Retirement,
} from '../../../lib/manifest/retire.ts'
import type { RetiredList, RetiredObject } from '../../../lib/manifest/retired.ts'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, published, rollback, sha, upload } from './samples.ts'

const test = suite('lib/manifest/retire')

const status = 'pending-deletion'
const now = '2026-03-04T05:06:07.000Z'
const earlier = '2026-01-02T03:04:05.000Z'

const keyOf = (number: number, hash = sha(number)): string => `model/v${number}-${hash}.sqlite`
const object = (number: number, more: Partial<RetiredObject> = {}): RetiredObject => {
  return { bucket: 'production', key: keyOf(number), since: now, ...more }
}
const model = (...history: VersionEntry[]): Dataset => dataset(history)
const list = (
  numbers: Readonly<Record<string, number>>,
  ...objects: RetiredObject[]
): RetiredList => ({ numbers: new Map(Object.entries(numbers)), objects })
const state = (retired: RetiredList | null, ...datasets: Dataset[]): ManifestState => {
  return { manifest: { datasets, origin: null }, retired }
}

function told(retired: RetiredList | null): object | null {
  return retired && { ...Object.fromEntries(retired.numbers), objects: retired.objects }
}

function after(
  before: ManifestState,
  datasets: readonly Dataset[],
  more: Partial<Retirement> = {},
): RetiredList | null {
  const known = { isGone: () => false, numbers: new Map(), orphans: [] }
  const retired = retire(before, state(null, ...datasets).manifest, {
    since: new Date(now),
    ...known,
    ...more,
  })
  // Whatever a publication writes must count for the next one.
  if (retired !== null) assert.ok(isExplained(before, state(retired, ...datasets)))
  return retired
}

test('nothing is given up: there is no list', () => {
  const before = state(null, model(upload(2), published(1)))
  assert.is(after(before, [model(published(2), published(1))]), null)
  const empty = state(list({}), ...before.manifest.datasets)
  assert.equal(told(after(empty, before.manifest.datasets)), { objects: [] })
})

test('the object of a deleted version is listed, and the number of the newest', () => {
  const before = state(null, model(published(2, { status }), published(1)))
  assert.equal(told(after(before, [model(published(1))])), {
    'model.sqlite': 2,
    objects: [object(2)],
  })
  const older = state(null, model(published(2), published(1, { status })))
  assert.equal(told(after(older, [model(published(2))])), { objects: [object(1)] })
})

test('of a deleted dataset all objects are listed, by their bucket, and the highest number', () => {
  const gone = dataset([published(1), published(3)], { status, bucket: 'internal' })
  const other = dataset([published(4)], { fileName: 'other.sqlite' })
  assert.equal(told(after(state(null, other, gone), [other])), {
    'model.sqlite': 3,
    objects: [object(1, { bucket: 'internal' }), object(3, { bucket: 'internal' })],
  })
})

test('what is on the list stays there since the day it came, and no number falls', () => {
  const before = state(
    list({ 'model.sqlite': 7, 'x.sqlite': 3 }, object(9, { since: earlier })),
    model(published(2, { status }), published(1)),
  )
  assert.equal(told(after(before, [model(published(1))])), {
    'model.sqlite': 7,
    'x.sqlite': 3,
    objects: [object(9, { since: earlier }), object(2)],
  })
  // An object that is given up twice.
  const again = state(list({}, object(2, { since: earlier })), model(published(2, { status })))
  assert.equal(told(after(again, [])), {
    'model.sqlite': 2,
    objects: [object(2, { since: earlier })],
  })
})

test('what is named, once more or still, is not on the list', () => {
  const shared = rollback(3, published(1), { commit: 'abcdef1' })
  const before = state(null, model(shared, published(1, { status })))
  assert.is(after(before, [model(shared)]), null)
  const listed = state(list({}, object(1)), model(rollback(2, published(1))))
  assert.equal(told(after(listed, [model(rollback(2, published(1)))])), { objects: [] })
  // The same key in another bucket is another object.
  const elsewhere = dataset([published(1)], { fileName: 'x.sqlite', bucket: 'internal' })
  assert.equal(told(after(state(list({}, object(1)), elsewhere), [elsewhere])), {
    objects: [object(1)],
  })
})

test('what is gone from its bucket is dropped', () => {
  const before = state(
    list({}, object(8, { since: earlier }), object(9, { since: earlier })),
    model(published(2, { status }), published(1)),
  )
  const isGone: Retirement['isGone'] = ({ bucket, key }) =>
    bucket === 'production' && [keyOf(2), keyOf(9)].includes(key)
  assert.equal(told(after(before, [model(published(1))], { isGone })), {
    'model.sqlite': 2,
    objects: [object(8, { since: earlier })],
  })
})

test('the number of a deleted version is kept also where a pending one is left', () => {
  // It may be withdrawn, and then nothing else would tell of v2.
  const before = state(null, model(upload(3), published(2, { status }), published(1)))
  assert.equal(told(after(before, [model(upload(3), published(1))])), {
    'model.sqlite': 2,
    objects: [object(2)],
  })
})

test('of what is pending, the number counts that may have been published before', () => {
  const there = new Set([keyOf(1), keyOf(7)])
  const gone = {
    isGone: ({ bucket, key }: { bucket: string; key: string }) =>
      bucket !== 'production' || !there.has(key),
  }
  const numberOf = (before: RetiredList | null, ...history: VersionEntry[]): number | undefined =>
    after(state(before, dataset(history, { status })), [], gone)?.numbers.get('model.sqlite')
  assert.is(numberOf(null, upload(2), published(1)), 2)
  assert.is(numberOf(null, upload(3), upload(2), published(1)), 3)
  assert.is(numberOf(null, published(2), upload(1)), 2)
  assert.is(numberOf(list({ 'model.sqlite': 4 }), upload(5), published(1)), 5)
  assert.is(numberOf(null, rollback(2, published(1)), published(1)), 2)
  // Its bytes are there.
  assert.is(numberOf(null, upload(7), published(1)), 7)
  // They are not there.
  assert.is(numberOf(null, upload(9), published(1)), 1)
  assert.is(numberOf(null, upload(3), published(1)), 1)
  assert.is(numberOf(null, upload(2)), undefined)
  assert.is(numberOf(null, upload(1)), 1)
  // It was refused: such a number would leave none for others.
  const huge = { version: 'v999999999999999' }
  assert.is(numberOf(null, upload(9, huge), published(1)), 1)
  assert.is(numberOf(null, rollback(9, published(1), huge), published(1)), 1)
  assert.is(numberOf(null, upload(9, huge), upload(2), published(1)), 2)
})

test('a number that turned out to be used is kept, and an orphan listed', () => {
  const before = state(null, model(upload(2), published(1)))
  const datasets = [model(upload(2), published(1))]
  const left = { bucket: 'production', key: keyOf(2, sha(5)) }
  const numbers = new Map([['model.sqlite', 2]])
  assert.equal(told(after(before, datasets, { numbers })), { 'model.sqlite': 2, objects: [] })
  const orphans = [left]
  assert.equal(told(after(before, [model(published(2), published(1))], { orphans })), {
    objects: [{ ...left, since: now }],
  })
})

test('what was known of entries that have left the base counts for nothing', () => {
  const before = state(null, model(published(1)))
  const numbers = new Map([
    ['model.sqlite', 2],
    ['x.sqlite', 1],
  ])
  const orphans = [{ bucket: 'production', key: keyOf(2, sha(5)) }]
  assert.is(after(before, [model(published(1))], { numbers, orphans }), null)
})

const marked = [published(2, { status }), published(1)] as const
const old = list({ 'x.sqlite': 3 }, object(8, { since: earlier }))

interface Forgery {
  readonly before?: RetiredList | null
  readonly from?: readonly Dataset[]
  readonly to?: readonly Dataset[]
  readonly after: RetiredList | null
  readonly known?: ReadonlyMap<string, number>
}
const good: Record<string, Forgery> = {
  'what a publication writes': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(8, { since: earlier }), object(2)),
  },
  'what was found gone is dropped, with another change': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2)),
  },
  'a deleted object was gone before': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(8, { since: earlier })),
  },
  'the first list has the names that were gone before': {
    before: null,
    after: list({ 'x.sqlite': 5, 'model.sqlite': 2 }, object(2)),
  },
  'an object that is named again leaves the list, alone': {
    from: [model(rollback(9, published(8)))],
    to: [model(rollback(9, published(8)))],
    after: list({ 'x.sqlite': 3 }),
  },
  'a number that turned out to be used': {
    from: [model(upload(3), published(1))],
    to: [model(upload(3), published(1))],
    after: list({ 'x.sqlite': 3, 'model.sqlite': 3 }, object(8, { since: earlier })),
  },
  'a number that the history has': {
    after: list({ 'x.sqlite': 6, 'model.sqlite': 2 }, object(2)),
    known: new Map([['x.sqlite', 6]]),
  },
  'an orphan under the number of what is pending': {
    from: [dataset([], { fileName: 'y.sqlite' }), model(upload(3), published(1))],
    to: [model(published(3), published(1))],
    after: list(
      { 'x.sqlite': 3 },
      object(8, { since: earlier }),
      object(3, { key: keyOf(3, sha(5)) }),
    ),
  },
  'nothing is changed': { to: [model(...marked)], after: old },
  'an empty list that goes': { before: list({}), to: [model(...marked)], after: null },
}
const forged: Record<string, Forgery> = {
  'an object that was never marked': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2), object(1)),
    to: [model()],
  },
  'an object that nobody knows': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2), object(7)),
  },
  'an object of a marked dataset in another bucket': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2, { bucket: 'internal' })),
  },
  'an object that is still named': {
    after: list({ 'x.sqlite': 3 }, object(2)),
    to: [model(...marked)],
  },
  'an object that is named again stays': {
    from: [model(rollback(9, published(8)), published(2, { status }))],
    to: [model(rollback(9, published(8)))],
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2), object(8, { since: earlier })),
  },
  'an object that what is pending names': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2)),
    to: [model(rollback(3, published(2)), published(1))],
  },
  'another day for an object': {
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2), object(8, { since: now })),
  },
  'another day for an object, which is given up again': {
    before: list({ 'x.sqlite': 3 }, object(2, { since: now })),
    after: list({ 'x.sqlite': 3, 'model.sqlite': 2 }, object(2, { since: earlier })),
  },
  'a number is left out': { after: list({ 'x.sqlite': 3 }, object(2)) },
  'a number is too low': { after: list({ 'x.sqlite': 3, 'model.sqlite': 1 }, object(2)) },
  'an old number is lowered': { after: list({ 'x.sqlite': 2, 'model.sqlite': 2 }, object(2)) },
  'an old number is forgotten': { after: list({ 'model.sqlite': 2 }, object(2)) },
  'an old number is raised': { after: list({ 'x.sqlite': 4, 'model.sqlite': 2 }, object(2)) },
  'a number that no version has': { after: list({ 'x.sqlite': 3, 'model.sqlite': 3 }, object(2)) },
  'a number above what the history has': {
    after: list({ 'x.sqlite': 6, 'model.sqlite': 2 }, object(2)),
    known: new Map([['x.sqlite', 5]]),
  },
  'a new name': { after: list({ 'x.sqlite': 3, 'y.sqlite': 1, 'model.sqlite': 2 }, object(2)) },
  'the first list has too high a number of what is there': {
    before: null,
    after: list({ 'model.sqlite': 3 }, object(2)),
  },
  'the first list has a number that the history has not': {
    before: null,
    after: list({ 'x.sqlite': 5, 'model.sqlite': 2 }, object(2)),
    known: new Map([['x.sqlite', 4]]),
  },
  'the first list forgets what goes': { before: null, after: null },
  'the list is emptied alone': { to: [model(...marked)], after: list({ 'x.sqlite': 3 }) },
  'the list is gone': { to: [model(...marked)], after: null },
  'an orphan where nothing was pending': {
    from: [model(published(3), published(1))],
    to: [model(published(3), published(1))],
    after: list(
      { 'x.sqlite': 3 },
      object(8, { since: earlier }),
      object(3, { key: keyOf(3, sha(5)) }),
    ),
  },
  'a first number is left out': {
    from: [model(published(1, { status }))],
    to: [],
    after: list({ 'x.sqlite': 3 }, object(1)),
  },
  'an orphan under another number': {
    from: [model(upload(3), published(1))],
    to: [model(published(3), published(1))],
    after: list({ 'x.sqlite': 3 }, object(8, { since: earlier }), object(7)),
  },
  'an orphan in another bucket': {
    from: [model(upload(3), published(1))],
    to: [model(published(3), published(1))],
    after: list(
      { 'x.sqlite': 3 },
      object(8, { since: earlier }),
      object(3, { key: keyOf(3, sha(5)), bucket: 'internal' }),
    ),
  },
  'an orphan that something named': {
    from: [model(upload(3)), dataset([published(3, leftover(3, 5))], { fileName: 'y.sqlite' })],
    to: [model(published(3))],
    after: list(
      { 'x.sqlite': 3, 'y.sqlite': 3 },
      object(8, { since: earlier }),
      object(3, { key: keyOf(3, sha(5)) }),
    ),
  },
}

function leftover(number: number, other: number): Partial<VersionEntry> {
  return { sha256: sha(other), r2_object_key: keyOf(number, sha(other)) }
}

for (const [expected, forgeries] of [[true, good] as const, [false, forged] as const]) {
  for (const [name, forgery] of Object.entries(forgeries)) {
    test(`a list is ${expected ? '' : 'not '}one that a publication wrote: ${name}`, () => {
      const { before = old, from = [model(...marked)], to = [model(published(1))] } = forgery
      const explained = isExplained(
        state(before, ...from),
        state(forgery.after, ...to),
        forgery.known,
      )
      assert.is(explained, expected)
    })
  }
}

test('a key is under the number of a version where only its hash differs', () => {
  const entry = upload(2)
  assert.ok(isUnderNumberOf(entry, keyOf(2, sha(3))))
  for (const key of [
    keyOf(2),
    keyOf(3),
    `other/v2-${sha(3)}.sqlite`,
    `model/v22-${sha(3)}.sqlite`,
    `model/v2-${sha(3)}.sqlite.zst`,
    `model/v2-x${sha(3)}.sqlite`,
    `model/v2-${sha(3)}`,
    `x/model/v2-${sha(3)}.sqlite`,
  ]) {
    assert.not.ok(isUnderNumberOf(entry, key), key)
  }
  // In the root of the bucket.
  assert.ok(isUnderNumberOf(upload(2, { r2_object_key: 'v2-x' }), `v2-${sha(3)}.sqlite`))
  // A rollback has no key of its own.
  assert.not.ok(isUnderNumberOf(rollback(3, published(2)), keyOf(3)))
  assert.not.ok(isUnderNumberOf(rollback(3, published(2)), keyOf(2, sha(3))))
})

test.run()
