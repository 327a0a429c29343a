import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import { graph, type Graph } from '../../../lib/graph/graph.ts'
import { forEach, parallel } from '../../../lib/graph/nodes.ts'
import { runGraph } from '../../../lib/graph/run-graph.ts'
import { defineStep, type Step } from '../../../lib/graph/step.ts'
import { verifyGraph } from '../../../lib/graph/verify-graph.ts'
import { does, gives } from './steps.ts'

const test = suite('verifyGraph')

const needsA = defineStep({
  id: 'needs-a',
  title: 'Need a',
  needs: ['a'],
  provides: [],
  run: () => ({}),
})

function problemsOf(
  g: Graph,
  given: string[] = [],
  original: Graph = g,
  wanted: string[] = [],
): readonly string[] {
  try {
    verifyGraph(g, { given, wanted, original })
  } catch (error) {
    if (isDmError(error, 'DM_GRAPH_INVALID')) return error.context.problems
    throw error
  }
  return []
}

test('accepts a graph whose needs are met', () => {
  assert.equal(problemsOf(graph('g', [gives('a', 1), needsA])), [])
  assert.equal(problemsOf(graph('g', [needsA]), ['a']), [])
})

test('names a need that nothing provides before anything runs', async () => {
  let ran = false
  const g = graph('g', [does('first', () => void (ran = true)), needsA])
  assert.equal(problemsOf(g), ["step 'needs-a' needs 'a', which no earlier step provides"])
  try {
    await runGraph(g, { facts: {} })
    assert.unreachable()
  } catch (error) {
    assert.ok(isDmError(error, 'DM_GRAPH_INVALID'))
  }
  assert.not(ran)
})

test('a step in a parallel branch cannot need what a branch beside it provides', () => {
  const g = graph('g', [parallel(gives('a', 1), needsA)])
  assert.equal(problemsOf(g), ["step 'needs-a' needs 'a', which only a step beside it provides"])
  assert.equal(problemsOf(graph('g', [parallel([gives('a', 1), needsA], gives('b', 1))])), [])
})

test('refuses a fact that is provided twice', () => {
  const again = defineStep({
    id: 'again',
    title: 'Again',
    needs: [],
    provides: ['a'],
    run: () => ({ a: 2 }),
  })
  assert.equal(problemsOf(graph('g', [gives('a', 1), again])), [
    "step 'again' provides 'a' a second time",
  ])
  assert.equal(problemsOf(graph('g', [parallel(gives('a', 1), again)])), [
    "'a' is provided by two branches side by side",
  ])
  assert.equal(problemsOf(graph('g', [again]), ['a']), ["step 'again' provides 'a' a second time"])
})

test('refuses two steps of one id', () => {
  assert.equal(problemsOf(graph('g', [does('x', () => {}), does('x', () => {})])), [
    "two steps have the id 'x'",
  ])
})

test('a forEach needs its list and keeps its facts inside', () => {
  const each = (): ReturnType<typeof forEach> =>
    forEach('items', [gives('a', 1)], { as: 'item', into: 'outcomes', title: String })
  assert.equal(problemsOf(graph('g', [each()])), [
    "the list 'items' is provided by no earlier step",
  ])
  assert.equal(problemsOf(graph('g', [each(), needsA]), ['items']), [
    "step 'needs-a' needs 'a', which no earlier step provides",
  ])
})

test('a mutating step needs a plan', () => {
  const bare = { ...gives('a', 1), mutates: true } as Step
  assert.match(problemsOf(graph('g', [bare]))[0] ?? '', /has no 'plan'/)
})

test('a required step must stay, also in a graph built anew', () => {
  const keep = gives('a', 1, { required: true })
  const keepToo = gives('b', 1, { required: true })
  const original = graph('g', [keep, keepToo])
  assert.match(problemsOf(graph('g', [keep]), [], original)[0] ?? '', /'give-b' is missing/)
  for (const parts of [[keepToo, keep], [parallel(keep, keepToo)]]) {
    assert.equal(problemsOf(graph('g', parts), [], original), [
      "the step 'give-b' no longer waits for the required step 'give-a'",
    ])
  }
  const impostor = gives('a', 2)
  assert.match(
    problemsOf(graph('g', [impostor, keepToo]), [], original)[0] ?? '',
    /'give-a' is missing/,
  )
  assert.equal(problemsOf(graph('g', [keep, does('x', () => {}), keepToo]), [], original), [])
})

test('a required step stays out of loops, which may have no item', () => {
  const keep = gives('a', 1, { required: true })
  const loop = (onError: 'stop' | 'collect'): ReturnType<typeof forEach> =>
    forEach('items', [keep], { as: 'item', into: 'outcomes', title: String, onError })
  const moved = ["the step 'give-a' was put into another loop, or taken out of its own"]
  const [bare, stops, collects] = [[keep], [loop('stop')], [loop('collect')]]
  for (const [before, after] of [
    [bare, stops],
    [stops, bare],
    [stops, collects],
  ] as const) {
    assert.equal(problemsOf(graph('g', after), ['items'], graph('g', before)), moved)
  }
  assert.equal(problemsOf(graph('g', [loop('stop')]), ['items'], graph('g', stops)), [])
})

test('a step that may end the run is not moved in front of a required one', () => {
  const keep = gives('a', 1, { required: true })
  const ends = { ...does('ends', () => {}), mayEnd: true }
  const original = graph('g', [keep, ends])
  assert.equal(problemsOf(graph('g', [ends, keep]), [], original), [
    "the step 'ends' no longer waits for the required step 'give-a'",
  ])
  assert.equal(problemsOf(graph('g', [keep]), [], original), [])
})

test('what the result needs must be provided, unless it can do without', () => {
  const g = graph('g', [gives('a', 1)])
  assert.equal(problemsOf(g, ['c'], g, ['a', 'b?', 'c']), [])
  assert.equal(problemsOf(g, [], g, ['a', 'b']), ["the result needs 'b', which no step provides"])
})

test('the steps and nodes that a config gets cannot be written to', () => {
  const step = gives('a', 1, { required: true })
  const loop = forEach('items', [step], { as: 'item', into: 'outcomes', title: String })
  const g = graph('g', [parallel(loop, [does('x', () => {})])])
  const inside = [step, step.needs, step.provides, loop, loop.node, loop.node.nodes]
  for (const part of [g, g.node, g.node.nodes, ...g.node.nodes, ...inside]) {
    assert.ok(Object.isFrozen(part))
  }
  const changed = g.after(
    'give-a',
    does('y', () => {}),
  )
  for (const part of [changed, changed.node, ...changed.node.nodes])
    assert.ok(Object.isFrozen(part))
})

test.run()
