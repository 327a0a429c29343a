import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import { graph } from '../../../lib/graph/graph.ts'
import { forEach, type ItemOutcome } from '../../../lib/graph/nodes.ts'
import { runGraph } from '../../../lib/graph/run-graph.ts'
import { defineStep } from '../../../lib/graph/step.ts'
import { does, gives, sleep } from './steps.ts'

const test = suite('runGraph, for each item')

const perItem = defineStep({
  id: 'measure-item',
  title: 'Measure the item',
  needs: ['item'],
  provides: ['a'],
  run: ({ item }) => {
    if (item === 'bad') throw new Error('a bad item')
    return { a: item.length }
  },
})

const outcomesOf = (facts: object): ItemOutcome[] => (facts as { outcomes: ItemOutcome[] }).outcomes

test('forEach runs every item in a scope of its own and collects failures', async () => {
  const g = graph('g', [
    forEach('items', [perItem], {
      as: 'item',
      into: 'outcomes',
      title: String,
      onError: 'collect',
      concurrency: 2,
    }),
    gives('b', 1),
  ])
  const { facts, error } = await runGraph(g, { facts: { items: ['x', 'bad', 'xyz'] } })
  assert.is(error, null)
  assert.is(facts.b, 1)
  assert.not('a' in facts)
  const [first, second, third] = outcomesOf(facts)
  assert.is(first?.facts?.a, 1)
  assert.match(second?.error?.message ?? '', /a bad item/)
  assert.is(third?.facts?.a, 3)
})

test('forEach without collect fails the run and stops the other items', async () => {
  const seen: string[] = []
  const each = defineStep({
    id: 'each',
    title: 'Each',
    needs: ['item'],
    provides: [],
    run: async ({ item }, { signal }) => {
      if (item === 'bad') throw new Error('bad')
      await sleep(5000, signal)
      seen.push(item)
      return {}
    },
  })
  const g = graph('g', [
    forEach('items', [each], { as: 'item', into: 'outcomes', title: String, concurrency: 3 }),
  ])
  const { error } = await runGraph(g, { facts: { items: ['x', 'bad', 'y'] } })
  assert.ok(isDmError(error, 'DM_STEP_FAILED'))
  assert.equal(seen, [])
})

test('forEach keeps to its concurrency', async () => {
  let now = 0
  let most = 0
  const each = does('each', async ({ signal }) => {
    most = Math.max(most, ++now)
    await sleep(15, signal)
    now--
  })
  const g = graph('g', [
    forEach('items', [each], { as: 'item', into: 'outcomes', title: String, concurrency: 2 }),
  ])
  await runGraph(g, { facts: { items: ['1', '2', '3', '4', '5'] } })
  assert.is(most, 2)
})

test.run()
