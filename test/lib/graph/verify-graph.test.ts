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

function problemsOf(g: Graph, given: string[] = [], original: Graph = g): readonly string[] {
  try {
    verifyGraph(g, given, original)
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
  assert.match(
    problemsOf(graph('g', [keepToo, keep]), [], original)[0] ?? '',
    /'give-b' was moved|'give-a' was moved/,
  )
  const impostor = gives('a', 2)
  assert.match(
    problemsOf(graph('g', [impostor, keepToo]), [], original)[0] ?? '',
    /'give-a' is missing/,
  )
  assert.equal(problemsOf(graph('g', [keep, does('x', () => {}), keepToo]), [], original), [])
})

test.run()
