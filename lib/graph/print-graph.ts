import type { Graph } from './graph.ts'
import type { ForEach, Node } from './nodes.ts'
import type { Step } from './step.ts'

/** A graph as an indented tree for a terminal, one line per step. */
export function printTree(graph: Graph): string {
  return [graph.id, ...linesOf(graph.node.nodes, '')].join('\n')
}

function linesOf(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1
    const inner = indent + (last ? '   ' : '│  ')
    const line = (text: string): string => `${indent}${last ? '└─ ' : '├─ '}${text}`
    switch (node.kind) {
      case 'step':
        return [line(describeStep(node))]
      case 'sequence':
        return [line('in order'), ...linesOf(node.nodes, inner)]
      case 'parallel':
        return [line('at the same time'), ...linesOf(node.nodes, inner)]
      case 'forEach':
        return [line(describeForEach(node)), ...linesOf(node.node.nodes, inner)]
    }
  })
}

function describeStep(step: Step): string {
  const marks = [step.required ? 'required' : '', step.mutates ? 'changes things' : '']
  const suffix = marks.filter(Boolean).join(', ')
  return `${step.id}: ${step.title}${suffix === '' ? '' : ` (${suffix})`}`
}

function describeForEach(node: ForEach): string {
  const how = node.concurrency === 1 ? 'one by one' : `${node.concurrency} at a time`
  const failures = node.onError === 'collect' ? ', a failure stops only its item' : ''
  return `for each of ${node.list}, ${how}${failures}`
}

/**
 * A graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). Steps that change
 * the world have round ends.
 */
export function printMermaid(graph: Graph): string {
  const lines = ['flowchart TD']
  draw(graph.node, [], lines, '  ')
  return lines.join('\n')
}

/** Draws a node behind the nodes `from`; returns the ids that the next node follows. */
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
