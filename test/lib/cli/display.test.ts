import { stripVTControlCharacters } from 'node:util'
import { DefaultRenderer, SilentRenderer } from 'listr2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseDisplay, PlainRenderer } from '../../../lib/cli/display.ts'
import { toGlobals } from '../../../lib/cli/program.ts'
import { type Graph, graph } from '../../../lib/graph/graph.ts'
import { forEach } from '../../../lib/graph/nodes.ts'
import { runGraph } from '../../../lib/graph/run-graph.ts'
import { defineStep, type Step } from '../../../lib/graph/step.ts'
import { does, gives } from '../graph/steps.ts'
import { fakeIo } from './fake-io.ts'

const test = suite('lib/cli/display')

const asIs = (text: string): string => text

function rendererFor(options: Parameters<typeof fakeIo>[0], globals: object = {}): unknown {
  return chooseDisplay(toGlobals({ ...globals }), fakeIo(options).io, asIs).renderer
}

/** The lines on stderr of a run that is shown without a terminal; nothing goes to stdout. */
async function linesOf(shown: Graph, facts: object): Promise<string[]> {
  const { io, stdout, stderr } = fakeIo()
  await runGraph(shown, { facts, display: chooseDisplay(toGlobals({}), io, asIs) })
  assert.is(stdout(), '')
  return stripVTControlCharacters(stderr()).split('\n').slice(0, -1)
}

test('a terminal gets a live tree, anything else plain lines', () => {
  assert.is(rendererFor({ isTTY: true }), DefaultRenderer)
  assert.is(rendererFor({ isTTY: true, env: { CI: '' } }), DefaultRenderer)
  assert.is(rendererFor({ isTTY: false }), PlainRenderer)
  assert.is(rendererFor({ isTTY: true, env: { CI: 'true' } }), PlainRenderer)
  assert.is(rendererFor({ isTTY: true, env: { TERM: 'dumb' } }), PlainRenderer)
})

test('--quiet shows nothing anywhere', () => {
  assert.is(rendererFor({ isTTY: true }, { quiet: true }), SilentRenderer)
  assert.is(rendererFor({ isTTY: false }, { quiet: true }), SilentRenderer)
})

test('one reason for which several steps are skipped is said once', async () => {
  const skipped = (id: string, reason: string): Step =>
    defineStep({
      id,
      title: id,
      needs: [],
      provides: [],
      skip: () => ({ reason, facts: {} }),
      run: () => ({}),
    })
  const steps = [skipped('a', 'no'), skipped('b', 'no'), skipped('c', 'late'), skipped('d', 'no')]
  assert.equal(await linesOf(graph('g', steps), {}), ['- a: no', '- b', '- c: late', '- d: no'])
})

test('plain: one line for each step that has ended, with what became of it', async () => {
  const fails = does('fail', () => {
    throw new Error('broken')
  })
  const never = does('never', () => {})
  assert.equal(await linesOf(graph('g', [gives('a', 1), fails, never]), {}), ['✔ Give a', '✘ fail'])
})

test('plain: a step of a loop is told with its item', async () => {
  const loop = forEach('items', [does('wash', () => {})], {
    as: 'item',
    into: 'outcomes',
    title: (item) => `the ${item}`,
  })
  assert.equal(await linesOf(graph('g', [loop]), { items: ['shirt', 'sock'] }), [
    '✔ the shirt: wash',
    '✔ the sock: wash',
  ])
})

test('what a step is about cannot steer the terminal: titles of items, progress, reasons', async () => {
  const { io, stderr } = fakeIo()
  const clean = (text: string): string => text.replaceAll('!', '?')
  const skipped = defineStep({
    id: 'skipped',
    title: 'Skip',
    needs: ['item'],
    provides: [],
    skip: ({ item }) => ({ reason: `of ${item}`, facts: {} }),
    run: () => ({}),
  })
  const loop = forEach('items', [does('wash', () => {}), skipped], {
    as: 'item',
    into: 'outcomes',
    title: (item) => `the ${item}`,
  })
  const display = chooseDisplay(toGlobals({}), io, clean)
  await runGraph(graph('g', [loop]), { facts: { items: ['sock!'] }, display })
  assert.is(stripVTControlCharacters(stderr()), '✔ the sock?: wash\n- Skip: of sock?\n')
})

test.run()
