import { DmError } from '../errors/dm-error.ts'
import type { Graph } from './graph.ts'
import { findPosition, type Node, type Position, stepsOf } from './nodes.ts'
import type { Step } from './step.ts'

/** What a graph must fit: where it begins, what is wanted of it, and what it was made from. */
export interface Frame {
  /** The names of the facts that are known before the first step. */
  readonly given: readonly string[]
  /** The facts that are needed at its end, by the report; `'name?'` is one it can do without. */
  readonly wanted?: readonly string[]
  /** The graph as it was before a config changed it; default: it was not. */
  readonly original?: Graph
}

/**
 * Checks a whole graph before anything runs: every need met by an earlier step, also those of the
 * report; no fact provided twice; ids unique; mutating steps with a plan; all required steps of the
 * original still there, each behind those that it was behind and in the loops that it was in.
 *
 * @throws DM_GRAPH_INVALID with all problems
 */
export function verifyGraph(graph: Graph, { given, wanted = [], original = graph }: Frame): void {
  const { provided, problems } = checkNode(graph.node, new Set(given), new Set())
  const known = new Set([...given, ...provided])
  const all = [
    ...duplicateIds(graph),
    ...displacedSteps(graph, original),
    ...problems,
    ...wanted
      .filter((need) => !need.endsWith('?') && !known.has(need))
      .map((need) => `the result needs '${need}', which no step provides`),
  ]
  if (all.length > 0) throw new DmError('DM_GRAPH_INVALID', { graph: graph.id, problems: all })
}

interface Checked {
  readonly provided: ReadonlySet<string>
  readonly problems: readonly string[]
}

/**
 * @param known facts that are there when the node starts
 * @param siblings facts that only branches beside this one provide, for a message that explains
 */
function checkNode(node: Node, known: ReadonlySet<string>, siblings: ReadonlySet<string>): Checked {
  switch (node.kind) {
    case 'step':
      return checkStep(node, known, siblings)
    case 'sequence':
      return checkInOrder(node.nodes, known, siblings)
    case 'parallel':
      return checkBranches(node.nodes, known, siblings)
    case 'forEach': {
      const problems = known.has(node.list)
        ? []
        : [`the list '${node.list}' is provided by no earlier step`]
      if (known.has(node.as)) problems.push(`'${node.as}' is provided twice`)
      if (known.has(node.into)) problems.push(`'${node.into}' is provided twice`)
      const inside = checkNode(node.node, new Set([...known, node.as]), siblings)
      return { provided: new Set([node.into]), problems: [...problems, ...inside.problems] }
    }
  }
}

function checkStep(step: Step, known: ReadonlySet<string>, siblings: ReadonlySet<string>): Checked {
  const problems: string[] = []
  for (const need of step.needs) {
    if (need.endsWith('?') || known.has(need)) continue
    const why = siblings.has(need)
      ? 'which only a step beside it provides'
      : 'which no earlier step provides'
    problems.push(`step '${step.id}' needs '${need}', ${why}`)
  }
  for (const fact of step.provides) {
    if (known.has(fact)) problems.push(`step '${step.id}' provides '${fact}' a second time`)
  }
  if (step.mutates && step.plan === undefined) {
    problems.push(`step '${step.id}' changes the world but has no 'plan' for a dry run`)
  }
  return { provided: new Set(step.provides), problems }
}

function checkInOrder(
  nodes: readonly Node[],
  known: ReadonlySet<string>,
  siblings: ReadonlySet<string>,
): Checked {
  const provided = new Set<string>()
  const problems: string[] = []
  for (const node of nodes) {
    const checked = checkNode(node, new Set([...known, ...provided]), siblings)
    for (const fact of checked.provided) provided.add(fact)
    problems.push(...checked.problems)
  }
  return { provided, problems }
}

function checkBranches(
  branches: readonly Node[],
  known: ReadonlySet<string>,
  siblings: ReadonlySet<string>,
): Checked {
  const provided = new Set<string>()
  const problems: string[] = []
  for (const branch of branches) {
    const beside = branches.filter((other) => other !== branch).map(factsOf)
    const checked = checkNode(
      branch,
      known,
      beside.reduce((all, facts) => all.union(facts), siblings),
    )
    for (const fact of checked.provided) {
      if (provided.has(fact)) problems.push(`'${fact}' is provided by two branches side by side`)
      provided.add(fact)
    }
    problems.push(...checked.problems)
  }
  return { provided, problems }
}

function factsOf(node: Node): ReadonlySet<string> {
  if (node.kind === 'step') return new Set(node.provides)
  if (node.kind === 'forEach') return new Set([node.into])
  return new Set(node.nodes.flatMap((child) => [...factsOf(child)]))
}

function duplicateIds(graph: Graph): string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { id } of stepsOf(graph.node)) {
    if (seen.has(id)) twice.add(id)
    seen.add(id)
  }
  return [...twice].map((id) => `two steps have the id '${id}'`)
}

/** What a config has done to steps that keep data safe, or that may leave them out. */
function displacedSteps(graph: Graph, original: Graph): string[] {
  if (graph === original) return []
  const steps = stepsOf(original.node)
  return steps.flatMap((step) => {
    const before = findPosition(original.node, step)
    // By identity: a step of the same id that does something else does not keep data safe.
    const now = findPosition(graph.node, step)
    if (now === null) {
      return step.required ? [`the required step '${step.id}' is missing or replaced`] : []
    }
    if (!step.required && !step.mayEnd) return []
    const overtaken = before?.before.filter(
      (other) => other.required && !now.before.includes(other) && holds(graph, other),
    )
    const problems = (overtaken ?? []).map(
      ({ id }) => `the step '${step.id}' no longer waits for the required step '${id}'`,
    )
    if (loopsOf(now) !== loopsOf(before)) {
      problems.push(`the step '${step.id}' was put into another loop, or taken out of its own`)
    }
    return problems
  })
}

function holds(graph: Graph, step: Step): boolean {
  return findPosition(graph.node, step) !== null
}

function loopsOf(position: Position | null): string {
  return (position?.loops ?? [])
    .map(({ list, as, into, onError }) => [list, as, into, onError].join())
    .join(';')
}
