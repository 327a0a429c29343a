import { describeForEach } from './describe.ts'
import type { Graph } from './graph.ts'
import type { Node } from './nodes.ts'

/**
 * A graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Steps that change
 * the world have round ends.
 */
export function printMermaid(graph: Graph): string {
  const lines = ['flowchart TD']
  draw(graph.node, [], lines, '  ')
  return lines.join('\n')
}

/**
 * Draws a node behind the nodes `from`; returns the ids that the next node follows.
 */
function draw(node: Node, from: readonly string[], lines: string[], indent: string): string[] {
  switch (node.kind) {
    case 'step': {
      const [open, close] = node.mutates ? ['([', '])'] : ['[', ']']
      lines.push(`${indent}${node.id}${open}"${escapeLabel(node.title)}"${close}`)
      for (const id of from) lines.push(`${indent}${id} --> ${node.id}`)
      return [node.id]
    }
    case 'sequence':
      return node.nodes.reduce<string[]>(
        (ends, child) => draw(child, ends, lines, indent),
        [...from],
      )
    case 'parallel':
      return node.nodes.flatMap((branch) => draw(branch, from, lines, indent))
    case 'forEach': {
      const id = `each-${node.list}`
      lines.push(`${indent}subgraph ${id}["${escapeLabel(describeForEach(node))}"]`)
      draw(node.node, [], lines, `${indent}  `)
      lines.push(`${indent}end`)
      for (const previous of from) lines.push(`${indent}${previous} --> ${id}`)
      return [id]
    }
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll('"', '#quot;')
}
