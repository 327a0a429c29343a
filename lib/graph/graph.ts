import { DmError, isDmError } from '../errors/dm-error.ts'
import {
  type Node,
  parallel,
  type Part,
  type Sequence,
  sequence,
  stepsOf,
  toNode,
} from './nodes.ts'
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

export interface Customization {
  /** The config's changes, by the name of the operation. */
  readonly pipelines: Readonly<Record<string, (graph: Graph) => Graph>>
  /** The config's file, for messages. */
  readonly source: string
  /** The names of all operations. */
  readonly known: readonly string[]
}

/**
 * A graph as a config changes it.
 *
 * @throws DM_CONFIG_UNKNOWN_PIPELINE, DM_CONFIG_PIPELINE_RESULT, DM_CONFIG_THROWS, DM_GRAPH_…, exit 2
 */
export function customizeGraph(
  original: Graph,
  { pipelines, source, known }: Customization,
): Graph {
  for (const name of Object.keys(pipelines)) {
    if (!known.includes(name)) {
      throw new DmError('DM_CONFIG_UNKNOWN_PIPELINE', { source, name, known })
    }
  }
  const { id } = original
  const change = Object.hasOwn(pipelines, id) ? pipelines[id] : undefined
  if (change === undefined) return original
  const changed = callConfig(() => change(original), source)
  if (!isGraph(changed)) throw new DmError('DM_CONFIG_PIPELINE_RESULT', { source, name: id })
  return changed
}

function callConfig(call: () => unknown, source: string): unknown {
  try {
    return call()
  } catch (error) {
    if (isDmError(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DmError('DM_CONFIG_THROWS', { source, reason }, { cause: error })
  }
}

function isGraph(value: unknown): value is Graph {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'graph'
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
  return Object.freeze<Graph>({
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
  })
}

type Edit = (step: Step) => readonly Node[]

function editSequence(node: Sequence, id: string, edit: Edit): Sequence {
  const nodes = node.nodes.flatMap((child) =>
    child.kind === 'step' && child.id === id ? edit(child) : [editNode(child, id, edit)],
  )
  return sequence(...nodes)
}

function editNode(node: Node, id: string, edit: Edit): Node {
  switch (node.kind) {
    case 'step':
      return node.id === id ? sequence(...edit(node)) : node
    case 'sequence':
      return editSequence(node, id, edit)
    case 'parallel':
      return parallel(
        ...node.nodes
          .map((branch) => editNode(branch, id, edit))
          .map(unwrapSingle)
          .filter((branch) => branch.kind !== 'sequence' || branch.nodes.length > 0),
      )
    case 'forEach':
      return Object.freeze({ ...node, node: editSequence(node.node, id, edit) })
  }
}

/** A branch of one step is that step again, so that printing shows what was written. */
function unwrapSingle(node: Node): Node {
  const [only] = node.kind === 'sequence' && node.nodes.length === 1 ? node.nodes : []
  return only ?? node
}
