import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError, isDmError } from '../../../lib/errors/dm-error.ts'
import { graph } from '../../../lib/graph/graph.ts'
import { forEach } from '../../../lib/graph/nodes.ts'
import { runGraph } from '../../../lib/graph/run-graph.ts'
import { does, sleep } from './steps.ts'

const test = suite('runGraph, interrupted')

test('an abort in the middle stops running steps, starts no further one and runs the clean-ups', async () => {
  const log: string[] = []
  const controller = new AbortController()
  const first = does('first', async ({ signal, dispose }) => {
    dispose(() => void log.push('disposed'))
    setTimeout(() => controller.abort(new DmError('DM_INTERRUPTED', { signal: 'SIGINT' })), 20)
    await sleep(10_000, signal)
  })
  const later = does('later', () => void log.push('later'))
  const { error } = await runGraph(graph('g', [first, later]), {
    facts: {},
    signal: controller.signal,
  })
  assert.ok(isDmError(error, 'DM_INTERRUPTED'))
  assert.equal(log, ['disposed'])
})

test('an abort that a step does not heed stops the run behind that step', async () => {
  const log: string[] = []
  const controller = new AbortController()
  const deaf = does('deaf', async () => {
    controller.abort(new DmError('DM_INTERRUPTED', { signal: 'SIGINT' }))
    await sleep(20, new AbortController().signal)
    log.push('deaf finished')
  })
  const later = does('later', () => void log.push('later'))
  const { error } = await runGraph(graph('g', [deaf, later]), {
    facts: {},
    signal: controller.signal,
  })
  assert.ok(isDmError(error, 'DM_INTERRUPTED'))
  assert.equal(log, ['deaf finished'])
})

test('an abort ends a collecting forEach as an interruption', async () => {
  const controller = new AbortController()
  const each = does('each', async ({ signal }) => {
    setTimeout(() => controller.abort(new DmError('DM_INTERRUPTED', { signal: 'SIGINT' })), 10)
    await sleep(10_000, signal)
  })
  const g = graph('g', [
    forEach('items', [each], { as: 'item', into: 'outcomes', title: String, onError: 'collect' }),
    does('later', () => {}),
  ])
  const { error } = await runGraph(g, { facts: { items: ['x', 'y'] }, signal: controller.signal })
  assert.ok(isDmError(error, 'DM_INTERRUPTED'))
})

test.run()
