import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { customizeGraph } from '../../../lib/graph/graph.ts'
import { type Graph, graph } from '../../../lib/graph/graph.ts'
import { printTree } from '../../../lib/graph/print-graph.ts'
import { failure } from '../../helpers/failure.ts'
import { does, gives } from './steps.ts'

const test = suite('lib/graph/customize-graph')

const [x, y] = [does('x', () => {}), does('y', () => {})]
const wash = graph('wash', [x, gives('a', 1, { required: true })])
const given = { source: 'the.config.ts', known: ['wash', 'dry'] }

type Pipelines = Record<string, (g: Graph) => Graph>
const customize = (pipelines: Pipelines): Graph => customizeGraph(wash, { ...given, pipelines })

test('a graph that the config does not change stays the same', () => {
  assert.is(customize({}), wash)
  assert.is(customize({ dry: (g) => g.without('x') }), wash)
})

test('the config’s change is applied, and the original left alone', () => {
  const before = printTree(wash)
  const changed = customize({ wash: (g) => g.after('x', y).without('x') })
  assert.is(printTree(changed), 'wash\n├─ y: y\n└─ give-a: Give a (required)')
  assert.is(printTree(wash), before)
})

test('an operation that does not exist is refused, whichever one runs', async () => {
  const error = await failure('DM_CONFIG_UNKNOWN_PIPELINE', () => customize({ wsh: (g) => g }))
  assert.is(error.exit, 2)
  assert.match(error.message, "the.config.ts: 'pipelines' names the unknown operation 'wsh'")
  assert.match(error.hint, 'wash, dry')
})

test('the name of what every object inherits is no change', () => {
  const odd = graph('toString', [x])
  assert.is(customizeGraph(odd, { ...given, pipelines: {} }), odd)
})

test('what is returned must be a graph', async () => {
  for (const result of [undefined, null, 'x', {}, [], Promise.resolve(wash)]) {
    const error = await failure('DM_CONFIG_PIPELINE_RESULT', () =>
      customize({ wash: () => result as Graph }),
    )
    assert.match(error.message, "'pipelines.wash' does not return a graph")
  }
})

test('a required step cannot be left out, and an unknown one not be named', async () => {
  await failure('DM_GRAPH_REQUIRED_STEP', () => customize({ wash: (g) => g.without('give-a') }))
  await failure('DM_GRAPH_UNKNOWN_STEP', () => customize({ wash: (g) => g.after('none', y) }))
})

test.run()
