import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dataset, published, sha, upload } from '../lib/publication/scene.ts'
import { addNumbers, type BaseState, verifyChange } from './base-changes.ts'
import type { TestDataset } from './data-repository.ts'

const test = suite('what a commit may make of the base')

const status = 'pending-deletion'
const [one, two] = [published('m', 'v1'), published('m', 'v2', { owner: 'Ada' })]
const { staging_key: _, ...three } = { ...upload('m', 'v3', { owner: 'Ada' }), commit: 'abcdef1' }
const waiting = upload('m', 'v3', { owner: 'Ada' })
const since = '2026-01-02T03:04:05.678Z'
const listed = { bucket: 'production', key: one.r2_object_key, since }

const state = (datasets: readonly TestDataset[], retired: Partial<BaseState['retired']> = {}) => ({
  text: `${JSON.stringify(datasets, null, 2)}\n`,
  retired: { numbers: {}, objects: [], ...retired },
})
const of = (...entries: TestDataset['history']): TestDataset[] => [dataset('m', entries)]

/** What goes on in order, the last step judged. */
const may: Record<string, readonly BaseState[]> = {
  'an upload is published': [state(of(waiting, two, one)), state(of(three, two, one))],
  'a pending one is withdrawn': [state(of(waiting, one)), state(of(one))],
  'a mark is set': [state(of(two, one)), state(of(two, { ...one, status }))],
  'a mark is taken back': [state(of(two, { ...one, status })), state(of(two, one))],
  'a publication is reverted, and published again': [
    state(of(three, two, one)),
    state(of(waiting, two, one)),
    state(of(three, two, one)),
  ],
  'a marked one goes': [state(of(two, { ...one, status })), state(of(two), { objects: [listed] })],
  'the bytes of a marked one stay with a rollback': [
    state(of({ ...one, version: 'v2' }, { ...one, status })),
    state(of({ ...one, version: 'v2' })),
  ],
  'all goes with a marked dataset': [
    state([dataset('m', [one], { status })]),
    state([], { objects: [listed], numbers: { 'm.sqlite': 1 } }),
  ],
}

/** And what is said of it. */
const mayNot: Record<string, readonly (BaseState | string)[]> = {
  'gone without a mark': [state(of(two, one)), state(of(two)), 'without a mark'],
  'gone, and its object on no list': [
    state(of(two, { ...one, status })),
    state(of(two)),
    'not listed',
  ],
  'on the list, and named': [
    state(of({ ...one, version: 'v2' }, { ...one, status })),
    state(of({ ...one, version: 'v2' }), { objects: [listed] }),
    'named, and listed',
  ],
  'the newest goes, and its number with it': [
    state(of({ ...two, status }, one)),
    state(of(one), { objects: [{ ...listed, key: two.r2_object_key }] }),
    'may be given again',
  ],
  'a key that points elsewhere': [
    state(of(two, one)),
    state(of(two, { ...one, r2_object_key: two.r2_object_key })),
    'was edited',
  ],
  'an unknown field of a published entry': [
    state(of(two, one)),
    state(of(published('m', 'v2'), one)),
    'was edited',
  ],
  'an unknown field of a dataset': [
    state([{ ...dataset('m', [one]), owner: 'Ada' } as TestDataset]),
    state(of(one)),
    'fields of the dataset',
  ],
  'another bucket': [
    state(of(one)),
    state([dataset('m', [one], { bucket: 'internal' })]),
    'fields of the dataset',
  ],
  'an unknown field that gets lost with the publication': [
    state(of(waiting, one)),
    state(of({ ...three, owner: 'Bob' }, one)),
    'not what was reviewed',
  ],
  'other bytes than were reviewed': [
    state(of(waiting, one)),
    state(of({ ...three, sha256: sha('other') }, one)),
    'not what was reviewed',
  ],
  'published by nobody’s proposal': [state(of(one)), state(of(two, one)), 'without a review'],
  'still staged': [
    state(of(waiting, one)),
    state(of({ ...waiting, commit: 'abcdef1' }, one)),
    'still waits',
  ],
  'no commit': [
    state(of(waiting, one)),
    state(of({ ...three, commit: 'HEAD' }, one)),
    'is no commit',
  ],
  'described anew': [
    state(of(waiting, one)),
    state(of({ ...three, description: 'Better' }, one)),
    'described anew',
  ],
  'pending again, with other bytes': [
    state(of(three, one)),
    state(of({ ...waiting, sha256: sha('other') }, one)),
    'other bytes',
  ],
  'a number that was given, with other bytes': [
    state(of(two, one)),
    state(of(one)),
    state(of(upload('m', 'v2', { text: 'other' }), one)),
    state(of(published('m', 'v2', { text: 'other' }), one)),
    'the number had other bytes',
  ],
  'a number below': [
    state(of(three)),
    state(of(upload('m', 'v2'), three)),
    state(of(published('m', 'v2'), three)),
    'there was a v3',
  ],
  'written in another way': [
    state(of(one)),
    { ...state(of(one)), text: JSON.stringify(of(one)) },
    'it was rewritten',
  ],
}

/** What is said of the last step. */
function judge(states: readonly BaseState[]): string {
  const numbers = new Map<string, string>()
  for (const earlier of states.slice(0, -1)) addNumbers(earlier, numbers)
  const [before, after] = states.slice(-2)
  if (before === undefined || after === undefined) throw new Error('no step')
  try {
    verifyChange(before, after, numbers)
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing'
}

test('what may be', () => {
  for (const [name, states] of Object.entries(may)) {
    assert.is(judge(states), 'nothing', name)
  }
})

test('what may not be is told', () => {
  for (const [name, steps] of Object.entries(mayNot)) {
    const words = steps.find((step) => typeof step === 'string') ?? 'nothing'
    const said = judge(steps.filter((step) => typeof step !== 'string'))
    assert.ok(said.includes(words), `${name}: ${said}`)
  }
})

test.run()
