import type { Graph } from './graph.ts'
import { describeForEach, describeStep } from './describe.ts'
import type { Node } from './nodes.ts'

/** A graph as an indented tree for a terminal, one line per step. */
export function printTree(graph: Graph): string {
  return [graph.id, ...childrenOf(graph.node.nodes, '')].join('\n')
}

function childrenOf(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1
    const inner = indent + (last ? '   ' : '│  ')
    const line = (text: string): string => `${indent}${last ? '└─ ' : '├─ '}${text}`
    switch (node.kind) {
      case 'step':
        return [line(describeStep(node))]
      case 'sequence':
        return [line('in order'), ...childrenOf(node.nodes, inner)]
      case 'parallel':
        return [line('at the same time'), ...childrenOf(node.nodes, inner)]
      case 'forEach':
        return [line(describeForEach(node)), ...childrenOf(node.node.nodes, inner)]
    }
  })
}
