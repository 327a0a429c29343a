import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import { graph } from '../../../lib/graph/graph.ts'
import { forEach, parallel } from '../../../lib/graph/nodes.ts'
import { printJson, printMermaid, printTree } from '../../../lib/graph/print-graph.ts'
import { does, gives } from './steps.ts'

const test = suite('graph')

const x = does('x', () => {})
const y = does('y', () => {})
const z = does('z', () => {})

test('before, after, replace and without change a copy', () => {
  const g = graph('g', [x, y])
  assert.is(printTree(g.before('y', z)), 'g\n├─ x: x\n├─ z: z\n└─ y: y')
  assert.is(printTree(g.after('y', z)), 'g\n├─ x: x\n├─ y: y\n└─ z: z')
  assert.is(printTree(g.replace('x', z)), 'g\n├─ z: z\n└─ y: y')
  assert.is(printTree(g.without('x')), 'g\n└─ y: y')
  assert.is(printTree(g), 'g\n├─ x: x\n└─ y: y')
})

test('after a branch of a parallel stays in that branch', () => {
  const g = graph('g', [parallel(x, y)])
  assert.is(
    printTree(g.after('x', z)),
    'g\n└─ at the same time\n   ├─ in order\n   │  ├─ x: x\n   │  └─ z: z\n   └─ y: y',
  )
  assert.is(printTree(g.without('x')), 'g\n└─ at the same time\n   └─ y: y')
  assert.is(
    printTree(g.after('x', z).without('x')),
    'g\n└─ at the same time\n   ├─ z: z\n   └─ y: y',
  )
})

test('changes reach into a forEach', () => {
  const g = graph('g', [forEach('items', [x], { as: 'item', into: 'outcomes', title: String })])
  assert.match(
    printTree(g.after('x', y)),
    /for each of items, one by one\n {3}├─ x: x\n {3}└─ y: y/,
  )
})

test('an unknown id is an error that lists the ids and guesses', () => {
  try {
    graph('g', [gives('a', 1), x]).after('giv-a', y)
    assert.unreachable()
  } catch (error) {
    assert.ok(isDmError(error, 'DM_GRAPH_UNKNOWN_STEP'))
    assert.is(error.exit, 2)
    assert.match(error.hint, /Did you mean 'give-a'\?.*give-a, x/)
  }
})

test('a required step is neither removed nor replaced', () => {
  const g = graph('g', [gives('a', 1, { required: true })])
  for (const change of [() => g.without('give-a'), () => g.replace('give-a', x)]) {
    try {
      change()
      assert.unreachable()
    } catch (error) {
      assert.ok(isDmError(error, 'DM_GRAPH_REQUIRED_STEP'))
    }
  }
  assert.is(printTree(g.after('give-a', x)), 'g\n├─ give-a: Give a (required)\n└─ x: x')
})

test('prints as Mermaid, joining branches and naming loops', () => {
  const g = graph('g', [
    x,
    parallel(y, z),
    forEach('items', [gives('a', 1)], {
      as: 'item',
      into: 'outcomes',
      title: String,
      concurrency: 4,
    }),
  ])
  assert.is(
    printMermaid(g),
    [
      'flowchart TD',
      '  x["x"]',
      '  y["y"]',
      '  x --> y',
      '  z["z"]',
      '  x --> z',
      '  subgraph each-items["for each of items, 4 at a time"]',
      '    give-a["Give a"]',
      '  end',
      '  y --> each-items',
      '  z --> each-items',
    ].join('\n'),
  )
})

test('prints as JSON with the contract of each step', () => {
  assert.equal(printJson(graph('g', [gives('a', 1)])), {
    id: 'g',
    nodes: [
      {
        kind: 'step',
        id: 'give-a',
        title: 'Give a',
        needs: [],
        provides: ['a'],
        required: false,
        mutates: false,
      },
    ],
  })
})

test.run()
