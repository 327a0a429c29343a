import { Listr, type ListrRendererFactory } from 'listr2'
import { FailureDomain } from './failure-domain.ts'
import type { Facts } from './facts.ts'
import type { Graph } from './graph.ts'
import { stepsOf } from './nodes.ts'
import type { RunState } from './run-step.ts'
import { Scope } from './scope.ts'
import { toListr } from './to-listr.ts'
import { verifyGraph } from './verify-graph.ts'

/** How a run is shown: a listr2 renderer and its options. */
export interface Display {
  readonly renderer: ListrRendererFactory
  readonly options?: object
  /** What every text of a step is passed through before it is shown. */
  readonly clean?: (text: string) => string
}

export interface RunOptions {
  /** What is known before the first step. */
  readonly facts: Partial<Facts>
  /** Call `plan` instead of `run` on every step that changes the world. */
  readonly dryRun?: boolean
  /** Interrupts the run: no further step begins, running ones are asked to stop and awaited. */
  readonly signal?: AbortSignal
  /** How it is shown; default: not at all. */
  readonly display?: Display
  /** The facts that are needed at the end; `'name?'` is one that can be missing. */
  readonly wanted?: readonly string[]
  /** The graph as it was before a config changed it: its required steps must still be there. */
  readonly original?: Graph
}

/** How a run went. */
export interface RunReport {
  /** All that is known at the end, also of a run that failed. */
  readonly facts: Partial<Facts>
  /** The first failure; null: the run succeeded. */
  readonly error: Error | null
  /** Why the run ended early as a success, or null. */
  readonly ended: string | null
  /** What the user should know besides the result. */
  readonly notices: readonly { readonly code: string; readonly message: string }[]
  /** What has been changed in the world, in order; after a failure: the state things are in. */
  readonly changes: readonly string[]
  /** The titles of the steps that did not run, in order; empty after a success. */
  readonly remaining: readonly string[]
}

/**
 * Runs a graph to its end.
 *
 * Resolves also where a step failed (`error`), always after every step that had begun has settled
 * and every clean-up has run.
 *
 * @throws DM_GRAPH_INVALID before anything runs
 */
export async function runGraph(graph: Graph, options: RunOptions): Promise<RunReport> {
  const { wanted = [], original = graph } = options
  verifyGraph(graph, { given: Object.keys(options.facts), wanted, original })
  const scope = new Scope(null, { ...options.facts })
  const root = new FailureDomain(null, options.signal ?? new AbortController().signal)
  const run: RunState = {
    dryRun: options.dryRun ?? false,
    ended: null,
    skippedFor: null,
    notices: [],
    changes: [],
    cleanUps: [],
    root,
    graph,
    mayEnd: new Set(stepsOf(original.node).filter((step) => step.mayEnd)),
    wanted,
    settled: new Set(),
    clean: options.display?.clean ?? ((text) => text),
  }
  const listr = new Listr(
    graph.node.nodes.map((node) => toListr(node, { scope, domain: root, run })),
    {
      concurrent: false,
      exitOnError: true,
      registerSignalListeners: false,
      renderer: options.display?.renderer ?? 'silent',
      rendererOptions: options.display?.options ?? {},
      fallbackRendererCondition: false,
    },
  )
  let error: Error | null = null
  try {
    await listr.run()
  } catch (thrown) {
    error = root.failure ?? (thrown instanceof Error ? thrown : new Error(String(thrown)))
  }
  const cleanUpFailure = await cleanUp(run)
  error ??= cleanUpFailure
  return {
    facts: scope.own(),
    error,
    ended: run.ended?.reason ?? null,
    notices: run.notices,
    changes: run.changes,
    remaining: error === null ? [] : titlesOfRemaining(graph, run),
  }
}

function titlesOfRemaining(graph: Graph, run: RunState): string[] {
  return stepsOf(graph.node)
    .filter((step) => !run.settled.has(step))
    .map((step) => step.title)
}

/** Runs every clean-up, the last registered first; returns the first failure. */
async function cleanUp(run: RunState): Promise<Error | null> {
  let failure: Error | null = null
  for (const dispose of run.cleanUps.toReversed()) {
    try {
      await dispose()
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error))
    }
  }
  return failure
}
