import type { Graph } from './graph.ts'
import type { Node } from './nodes.ts'

/** A graph as data, for programs: the nested nodes with each step's contract. */
export function printJson(graph: Graph): object {
  return { id: graph.id, nodes: graph.node.nodes.map(toJson) }
}

function toJson(node: Node): object {
  switch (node.kind) {
    case 'step': {
      const { kind, id, title, needs, provides, required, mutates } = node
      return { kind, id, title, needs, provides, required, mutates }
    }
    case 'sequence':
    case 'parallel':
      return { kind: node.kind, nodes: node.nodes.map(toJson) }
    case 'forEach': {
      const { kind, list, as, into, concurrency, onError } = node
      return { kind, list, as, into, concurrency, onError, nodes: node.node.nodes.map(toJson) }
    }
  }
}
