import type { FactName, Facts } from './facts.ts'
import type { Step } from './step.ts'

/** Steps one after the other. */
export interface Sequence {
  readonly kind: 'sequence'
  readonly nodes: readonly Node[]
}

/** Branches at the same time; none may need what another provides. */
export interface Parallel {
  readonly kind: 'parallel'
  readonly nodes: readonly Node[]
}

/** A graph once per item of a list, each in a scope of its own. */
export interface ForEach {
  readonly kind: 'forEach'
  /** The fact that holds the list. */
  readonly list: string
  /** The fact that holds the item inside the scope. */
  readonly as: string
  /** The fact that holds the outcomes afterwards: `ItemOutcome[]`, in the order of the list. */
  readonly into: string
  readonly node: Sequence
  readonly concurrency: number
  /** `stop`: a failing item fails the run. `collect`: the others go on. */
  readonly onError: 'stop' | 'collect'
  /** What the user reads for an item. */
  readonly title: (item: unknown) => string
}

export type Node = Step | Sequence | Parallel | ForEach

/** A node as it is written down: an array is a sequence. */
export type Part = Node | readonly Part[]

/** What became of one item: its scope's facts, or why it failed. */
export type ItemOutcome<Item = unknown> =
  | { readonly item: Item; readonly facts: Partial<Facts>; readonly error?: never }
  | { readonly item: Item; readonly error: Error; readonly facts?: never }

type ListName = {
  [K in FactName]: Facts[K] extends readonly unknown[] ? K : never
}[FactName]

type ItemOf<List> = List extends readonly (infer Item)[] ? Item : never

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

/** Where a step is in a node: what has ended when it begins, and the loops around it, outermost first. */
export interface Position {
  readonly before: readonly Step[]
  readonly loops: readonly ForEach[]
}

/** The position of a step; null where the node does not hold it. */
export function findPosition(node: Node, step: Step): Position | null {
  switch (node.kind) {
    case 'step':
      return node === step ? { before: [], loops: [] } : null
    case 'sequence': {
      const passed: Step[] = []
      for (const child of node.nodes) {
        const found = findPosition(child, step)
        if (found !== null) return { ...found, before: [...passed, ...found.before] }
        passed.push(...stepsOf(child))
      }
      return null
    }
    case 'parallel':
      for (const branch of node.nodes) {
        const found = findPosition(branch, step)
        if (found !== null) return found
      }
      return null
    case 'forEach': {
      const found = findPosition(node.node, step)
      return found && { ...found, loops: [node, ...found.loops] }
    }
  }
}

export function toNode(part: Part): Node {
  return 'kind' in part ? part : sequence(...part)
}

export function sequence(...parts: readonly Part[]): Sequence {
  return Object.freeze({ kind: 'sequence', nodes: Object.freeze(parts.map(toNode)) })
}

export function parallel(...parts: readonly Part[]): Parallel {
  return Object.freeze({ kind: 'parallel', nodes: Object.freeze(parts.map(toNode)) })
}

/** Runs `parts` for every item of the fact `list`. */
export function forEach<List extends ListName>(
  list: List,
  parts: readonly Part[],
  options: {
    readonly as: FactName
    readonly into: FactName
    readonly title: (item: ItemOf<Facts[List]>) => string
    readonly concurrency?: number
    readonly onError?: 'stop' | 'collect'
  },
): ForEach {
  const { as, into, title, concurrency = 1, onError = 'stop' } = options
  return Object.freeze({
    kind: 'forEach',
    list,
    as,
    into,
    node: sequence(...parts),
    concurrency,
    onError,
    // The list's items are what the title's parameter is typed as.
    title: (item: unknown) => title(item as ItemOf<Facts[List]>),
  })
}
