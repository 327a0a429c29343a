import { DmError } from '../errors/dm-error.ts'
import { type Node, type Part, type Sequence, sequence, toNode } from './nodes.ts'
import type { Step } from './step.ts'

/** Steps in sequence and in parallel, declared. Immutable: every change returns a new graph. */
export interface Graph {
  readonly kind: 'graph'
  readonly id: string
  readonly node: Sequence
  /** Adds `part` before the step `id`; where that is a branch of a `parallel`, inside the branch. */
  before(id: string, part: Part): Graph
  /** Adds `part` after the step `id`; where that is a branch of a `parallel`, inside the branch. */
  after(id: string, part: Part): Graph
  /** Puts `part` in the place of the step `id`. Refused for a required step. */
  replace(id: string, part: Part): Graph
  /** Leaves out the step `id`. Refused for a required step. */
  without(id: string): Graph
}

/** Declares a graph; an array in `parts` is a sequence. */
export function graph(id: string, parts: readonly Part[]): Graph {
  return fromNode(id, sequence(...parts))
}

/** Every step of a node, in the order in which it is written. */
export function stepsOf(node: Node): Step[] {
  switch (node.kind) {
    case 'step':
      return [node]
    case 'sequence':
    case 'parallel':
      return node.nodes.flatMap(stepsOf)
    case 'forEach':
      return stepsOf(node.node)
  }
}

function fromNode(id: string, node: Sequence): Graph {
  const change = (stepId: string, edit: (step: Step) => readonly Node[]): Graph => {
    const steps = stepsOf(node)
    const step = steps.find((candidate) => candidate.id === stepId)
    if (step === undefined) {
      throw new DmError('DM_GRAPH_UNKNOWN_STEP', {
        graph: id,
        step: stepId,
        known: steps.map((known) => known.id),
      })
    }
    return fromNode(id, editSequence(node, stepId, edit))
  }
  const refuseRequired = (step: Step, verb: string): void => {
    if (step.required)
      throw new DmError('DM_GRAPH_REQUIRED_STEP', { graph: id, step: step.id, verb })
  }
  return {
    kind: 'graph',
    id,
    node,
    before: (stepId, part) => change(stepId, (step) => [toNode(part), step]),
    after: (stepId, part) => change(stepId, (step) => [step, toNode(part)]),
    replace: (stepId, part) =>
      change(stepId, (step) => {
        refuseRequired(step, 'replaced')
        return [toNode(part)]
      }),
    without: (stepId) =>
      change(stepId, (step) => {
        refuseRequired(step, 'removed')
        return []
      }),
  }
}

type Edit = (step: Step) => readonly Node[]

function editSequence(node: Sequence, id: string, edit: Edit): Sequence {
  return {
    kind: 'sequence',
    nodes: node.nodes.flatMap((child) =>
      child.kind === 'step' && child.id === id ? edit(child) : [editNode(child, id, edit)],
    ),
  }
}

function editNode(node: Node, id: string, edit: Edit): Node {
  switch (node.kind) {
    case 'step':
      return node.id === id ? { kind: 'sequence', nodes: edit(node) } : node
    case 'sequence':
      return editSequence(node, id, edit)
    case 'parallel':
      return {
        kind: 'parallel',
        nodes: node.nodes
          .map((branch) => editNode(branch, id, edit))
          .map(unwrapSingle)
          .filter((branch) => branch.kind !== 'sequence' || branch.nodes.length > 0),
      }
    case 'forEach':
      return { ...node, node: editSequence(node.node, id, edit) }
  }
}

/** A branch of one step is that step again, so that printing shows what was written. */
function unwrapSingle(node: Node): Node {
  const [only] = node.kind === 'sequence' && node.nodes.length === 1 ? node.nodes : []
  return only ?? node
}
