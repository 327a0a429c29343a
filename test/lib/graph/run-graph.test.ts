import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError, isDmError } from '../../../lib/errors/dm-error.ts'
import { done, defineStep, type Step, type StepDefinition } from '../../../lib/graph/step.ts'
import { type Graph, graph } from '../../../lib/graph/graph.ts'
import { forEach, parallel } from '../../../lib/graph/nodes.ts'
import { runGraph } from '../../../lib/graph/run-graph.ts'
import { does, gives, sleep } from './steps.ts'

const test = suite('runGraph')

const sum = defineStep({
  id: 'sum',
  title: 'Sum',
  needs: ['a', 'b?'],
  provides: ['c'],
  run: ({ a, b }) => ({ c: a + (b ?? 100) }),
})

test('hands a step the facts it needs and adds those it returns', async () => {
  const report = await runGraph(graph('g', [parallel(gives('a', 1), gives('b', 2)), sum]), {
    facts: {},
  })
  assert.is(report.error, null)
  assert.is(report.facts.c, 3)
})

test('runs without an optional need', async () => {
  const report = await runGraph(graph('g', [sum]), { facts: { a: 1 } })
  assert.is(report.facts.c, 101)
})

test('gives a step nothing that it did not declare', async () => {
  let seen: object = {}
  const curious = defineStep({
    id: 'curious',
    title: 'Look',
    needs: ['a'],
    provides: [],
    run: (facts) => {
      seen = facts
      return {}
    },
  })
  await runGraph(graph('g', [curious]), { facts: { a: 1, b: 2 } })
  assert.equal(seen, { a: 1 })
})

test('refuses facts that were not declared, and names them', async () => {
  const liar = defineStep({
    id: 'liar',
    title: 'Lie',
    needs: [],
    provides: ['a'],
    run: () => ({ b: 1 }) as unknown as { a: number },
  })
  const { error } = await runGraph(graph('g', [liar]), { facts: {} })
  assert.ok(isDmError(error, 'DM_STEP_FACTS'))
  assert.match(error.message, /'liar' did not return 'a' and returned the undeclared 'b'/)
})

test('a failing step stops its siblings, waits for them, and later steps do not run', async () => {
  const log: string[] = []
  const fails = does('fails', async ({ signal }) => {
    await sleep(20, signal)
    throw new Error('boom')
  })
  const slow = does('slow', async ({ signal }) => {
    try {
      await sleep(10_000, signal)
    } catch (error) {
      // A real step needs a moment to clean up; the run must not end before.
      await sleep(60, new AbortController().signal)
      log.push('slow cleaned up')
      throw error
    }
  })
  const behindSlow = does('behind-slow', () => void log.push('behind slow'))
  const later = does('later', () => void log.push('later'))
  const began = performance.now()
  const { error } = await runGraph(graph('g', [parallel(fails, [slow, behindSlow]), later]), {
    facts: {},
  })
  assert.ok(isDmError(error, 'DM_STEP_FAILED'))
  assert.match(error.message, /'fails' failed: boom/)
  assert.equal(log, ['slow cleaned up'])
  assert.ok(performance.now() - began < 5000)
})

test('keeps the cause of a failure, and a catalogue error as it is', async () => {
  const cause = new Error('boom')
  const plain = await runGraph(
    graph('g', [
      does('x', () => {
        throw cause
      }),
    ]),
    { facts: {} },
  )
  assert.is(plain.error?.cause, cause)
  const known = new DmError('DM_STEP_FACTS', { step: 'x', problem: 'is odd' })
  const report = await runGraph(
    graph('g', [
      does('x', () => {
        throw known
      }),
    ]),
    { facts: {} },
  )
  assert.is(report.error, known)
})

/** A step that ends the run. */
function ends(options: Partial<StepDefinition<never, 'a'>> = {}): Step {
  return defineStep({
    id: 'ends',
    title: 'End',
    needs: [],
    provides: ['a'],
    run: () => done('enough', { a: 7 }),
    ...options,
  } as StepDefinition<never, 'a'>)
}

test('done ends the run as a success and stops the siblings', async () => {
  const log: string[] = []
  const slow = does('slow', async ({ signal }) => {
    await sleep(10_000, signal)
    log.push('slow')
  })
  const later = does('later', () => void log.push('later'))
  const report = await runGraph(graph('g', [parallel(ends(), slow), later]), { facts: {} })
  assert.is(report.error, null)
  assert.is(report.ended, 'enough')
  assert.is(report.facts.a, 7)
  assert.equal(log, [])
})

/** Why a run is not ended early. */
async function refusalOf(
  g: Graph,
  options: Partial<Parameters<typeof runGraph>[1]> = {},
): Promise<string> {
  const { error, ended } = await runGraph(g, { facts: {}, ...options })
  assert.is(ended, null)
  assert.ok(isDmError(error, 'DM_STEP_ENDED'), error?.message)
  assert.is(error.exit, 2)
  return error.message
}

test('done is refused while a required step is outstanding', async () => {
  const log: string[] = []
  const keep = { ...does('keep', () => void log.push('kept')), required: true }
  const message = await refusalOf(graph('g', [ends(), keep]))
  assert.match(message, "The step 'ends' cannot end the run here ('enough')")
  assert.match(message, "'keep'")
  assert.equal(log, [])
  const slow = { ...does('slow', ({ signal }) => sleep(5000, signal)), required: true }
  assert.match(await refusalOf(graph('g', [parallel(ends(), slow)])), "'slow'")
  const after = await runGraph(graph('g', [keep, ends()]), { facts: {} })
  assert.is(after.ended, 'enough')
})

test('done is allowed early only in the operation’s own step that says so', async () => {
  const keep = { ...does('keep', () => {}), required: true }
  const own = ends({ mayEnd: true })
  const original = graph('g', [own, keep])
  assert.is((await runGraph(original, { facts: {} })).ended, 'enough')
  const added = { ...ends({ mayEnd: true }), id: 'added', provides: [], run: () => done('x') }
  const changed = original.before('ends', added)
  assert.match(await refusalOf(changed, { original }), "'added'")
})

test('done behind a loop of required steps without an item is no early end', async () => {
  const keep = { ...does('keep', () => {}), required: true }
  const loop = forEach('items', [keep], { as: 'item', into: 'outcomes', title: String })
  const { ended } = await runGraph(graph('g', [loop, ends()]), { facts: { items: [] } })
  assert.is(ended, 'enough')
})

test('done is refused inside of a loop, where its facts would be lost', async () => {
  const loop = forEach('items', [ends()], { as: 'item', into: 'outcomes', title: String })
  assert.match(await refusalOf(graph('g', [loop]), { facts: { items: ['x'] } }), 'a loop')
})

test('done must leave what the result needs', async () => {
  const bare = ends({ run: () => done('enough') })
  const wanted = ['a', 'c?']
  assert.match(await refusalOf(graph('g', [bare]), { wanted }), "the result needs 'a'")
  assert.is((await runGraph(graph('g', [ends()]), { facts: {}, wanted })).ended, 'enough')
})

test('done gives no facts that the step did not declare', async () => {
  const liar = ends({ run: () => done('enough', { a: 1, b: 2 }) })
  const { error } = await runGraph(graph('g', [liar]), { facts: {} })
  assert.ok(isDmError(error, 'DM_STEP_FACTS'))
})

test('a skipped step says why and gives facts that stand in', async () => {
  const skipped = defineStep({
    id: 'skipped',
    title: 'Skip',
    needs: [],
    provides: ['a'],
    skip: () => ({ reason: 'not needed', facts: { a: 5 } }),
    run: () => {
      throw new Error('must not run')
    },
  })
  const { facts, error } = await runGraph(graph('g', [skipped, sum]), { facts: {} })
  assert.is(error, null)
  assert.is(facts.c, 105)
})

test('a dry run reaches the last step and changes nothing', async () => {
  const log: string[] = []
  const writes = defineStep({
    id: 'write',
    title: 'Write',
    needs: ['a'],
    provides: ['b'],
    mutates: true,
    plan: () => ({ b: 2 }),
    run: () => {
      log.push('written')
      return { b: 2 }
    },
    changed: () => 'It is written.',
  })
  const g = graph('g', [gives('a', 1), writes, sum])
  const dry = await runGraph(g, { facts: {}, dryRun: true })
  assert.is(dry.facts.c, 3)
  assert.equal(log, [])
  assert.equal(dry.changes, [])
  const real = await runGraph(g, { facts: {} })
  assert.equal(log, ['written'])
  assert.equal(real.changes, ['It is written.'])
})

test('after a failure it still tells what has been changed', async () => {
  const writes = defineStep({
    id: 'write',
    title: 'Write',
    needs: [],
    provides: [],
    mutates: true,
    plan: () => ({}),
    run: () => ({}),
    changed: () => 'The file is in staging.',
  })
  const fails = does('fails', () => {
    throw new Error('boom')
  })
  const report = await runGraph(graph('g', [writes, fails]), { facts: {} })
  assert.ok(report.error)
  assert.equal(report.changes, ['The file is in staging.'])
})

test.run()
