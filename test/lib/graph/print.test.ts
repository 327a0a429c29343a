import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { graph } from '../../../lib/graph/graph.ts'
import { type ForEach, forEach, parallel, type Part, sequence } from '../../../lib/graph/nodes.ts'
import { printJson, printMermaid, printTree } from '../../../lib/graph/print-graph.ts'
import { defineStep } from '../../../lib/graph/step.ts'
import { does, gives } from './steps.ts'

const test = suite('lib/graph: printing')

const [x, y, z] = [does('x', () => {}), does('y', () => {}), does('z', () => {})]

const change = defineStep({
  id: 'change',
  title: 'Change "it"',
  needs: ['a?'],
  provides: [],
  required: true,
  mutates: true,
  run: () => ({}),
  plan: () => ({}),
})

function each(
  parts: readonly Part[],
  options: Partial<Pick<ForEach, 'concurrency' | 'onError'>> = {},
): ForEach {
  return forEach('items', parts, { as: 'item', into: 'outcomes', title: String, ...options })
}

/** What the tree says of a node by itself. */
function lineOf(node: Part): string {
  return (
    printTree(graph('g', [node]))
      .split('\n')[1]
      ?.slice(3) ?? ''
  )
}

test('a step is described with what it guarantees and does', () => {
  assert.is(lineOf(x), 'x: x')
  assert.is(lineOf(gives('a', 1, { required: true })), 'give-a: Give a (required)')
  assert.is(lineOf(change), 'change: Change "it" (required, changes things)')
})

test('a loop is described with how many run at a time and what a failure does', () => {
  assert.is(lineOf(each([x])), 'for each of items, one by one')
  assert.is(
    lineOf(each([x], { concurrency: 4, onError: 'collect' })),
    'for each of items, 4 at a time, a failure stops only its item',
  )
})

test('the tree shows every kind of node, one line a step', () => {
  const g = graph('g', [x, parallel([y, change], z), each([parallel(x, y), z]), z])
  assert.is(
    printTree(g),
    [
      'g',
      '├─ x: x',
      '├─ at the same time',
      '│  ├─ in order',
      '│  │  ├─ y: y',
      '│  │  └─ change: Change "it" (required, changes things)',
      '│  └─ z: z',
      '├─ for each of items, one by one',
      '│  ├─ at the same time',
      '│  │  ├─ x: x',
      '│  │  └─ y: y',
      '│  └─ z: z',
      '└─ z: z',
    ].join('\n'),
  )
  assert.is(printTree(graph('empty', [])), 'empty')
})

test('the flowchart leads from every end of a parallel to what follows', () => {
  const g = graph('g', [parallel([x, y], change), sequence(z)])
  assert.is(
    printMermaid(g),
    [
      'flowchart TD',
      '  x["x"]',
      '  y["y"]',
      '  x --> y',
      '  change(["Change #quot;it#quot;"])',
      '  z["z"]',
      '  y --> z',
      '  change --> z',
    ].join('\n'),
  )
})

test('the flowchart puts a loop into a box that others lead to and from', () => {
  assert.is(
    printMermaid(graph('g', [x, each([y, z]), change])),
    [
      'flowchart TD',
      '  x["x"]',
      '  subgraph each-items["for each of items, one by one"]',
      '    y["y"]',
      '    z["z"]',
      '    y --> z',
      '  end',
      '  x --> each-items',
      '  change(["Change #quot;it#quot;"])',
      '  each-items --> change',
    ].join('\n'),
  )
})

test('the data has every node with its contract, and survives JSON', () => {
  const g = graph('g', [parallel([gives('a', 1)], x), each([change], { onError: 'collect' })])
  const step = { kind: 'step', needs: [], provides: [], required: false, mutates: false }
  const expected = {
    id: 'g',
    nodes: [
      {
        kind: 'parallel',
        nodes: [
          {
            kind: 'sequence',
            nodes: [{ ...step, id: 'give-a', title: 'Give a', provides: ['a'] }],
          },
          { ...step, id: 'x', title: 'x' },
        ],
      },
      {
        kind: 'forEach',
        list: 'items',
        as: 'item',
        into: 'outcomes',
        concurrency: 1,
        onError: 'collect',
        nodes: [
          {
            ...step,
            id: 'change',
            title: 'Change "it"',
            needs: ['a?'],
            required: true,
            mutates: true,
          },
        ],
      },
    ],
  }
  assert.equal(printJson(g), expected)
  assert.equal(JSON.parse(JSON.stringify(printJson(g))), expected)
})

test.run()
