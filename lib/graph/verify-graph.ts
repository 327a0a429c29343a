import { DmError } from '../errors/dm-error.ts'
import { type Graph, stepsOf } from './graph.ts'
import type { Node } from './nodes.ts'
import type { Step } from './step.ts'

/**
 * Checks a whole graph before anything runs: every need met by an earlier step, no fact provided
 * twice, ids unique, mutating steps with a plan, all required steps of `original` still there and
 * in order.
 *
 * @param given the names of the facts that are known before the first step
 * @param original the graph as it was before a config changed it
 * @throws DM_GRAPH_INVALID with all problems
 */
export function verifyGraph(graph: Graph, given: readonly string[], original: Graph = graph): void {
  const problems = [
    ...duplicateIds(graph),
    ...missingRequired(graph, original),
    ...checkNode(graph.node, new Set(given), new Set()).problems,
  ]
  if (problems.length > 0) throw new DmError('DM_GRAPH_INVALID', { graph: graph.id, problems })
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
  const all = new Set([...siblings, ...branches.flatMap((branch) => [...factsOf(branch)])])
  for (const branch of branches) {
    const checked = checkNode(branch, known, all)
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

function missingRequired(graph: Graph, original: Graph): string[] {
  const present = stepsOf(graph.node)
  const required = stepsOf(original.node).filter((step) => step.required)
  const problems: string[] = []
  let position = -1
  for (const step of required) {
    // By identity: a step of the same id that does something else does not keep data safe.
    const index = present.indexOf(step)
    if (index === -1) problems.push(`the required step '${step.id}' is missing or replaced`)
    else if (index < position) problems.push(`the required step '${step.id}' was moved`)
    else position = index
  }
  return problems
}
