import type { ListrTask, ListrTaskWrapper, ListrRendererFactory } from 'listr2'
import { DmError } from '../errors/dm-error.ts'
import { FailureDomain } from './failure-domain.ts'
import type { ForEach, ItemOutcome, Node } from './nodes.ts'
import { type Place, runStep } from './run-step.ts'
import { Scope } from './scope.ts'
import type { Step } from './step.ts'

type Wrapper = ListrTaskWrapper<unknown, ListrRendererFactory, ListrRendererFactory>
type Task = ListrTask<unknown, ListrRendererFactory, ListrRendererFactory>

/**
 * The one adapter to listr2: a node of a graph as a task that runs in `place`.
 *
 * listr2 rejects as soon as one task fails; `runStep` holds that failure back until the steps beside
 * it have settled.
 */
export function toListr(node: Node, place: Place): Task {
  switch (node.kind) {
    case 'step':
      return {
        title: place.run.clean(titleOf(node, place)),
        ...(node.lists ? { rendererOptions: listing } : {}),
        task: (_, task) =>
          runStep(node, place, {
            output: (line) => (task.output = place.run.clean(line)),
            skip: (reason) => task.skip(place.run.clean(skipText(node, reason, place))),
          }),
      }
    case 'sequence':
    case 'parallel':
      return {
        task: (_, task) =>
          task.newListr(
            node.nodes.map((child) => toListr(child, place)),
            { concurrent: node.kind === 'parallel', exitOnError: true },
          ),
      }
    case 'forEach':
      return { task: (_, task) => runItems(node, place, task) }
  }
}

/** Every line of output stays. */
const listing = { persistentOutput: true, outputBar: Infinity }

/** Several steps in a row may be skipped for one reason: it is told once. */
function skipText({ title }: Step, reason: string, { run }: Place): string {
  const isKnown = run.skippedFor === reason
  run.skippedFor = reason
  return isKnown ? title : `${title}: ${reason}`
}

/** As it is, or `Would upload to staging`. */
function titleOf({ title, mutates }: Step, { run }: Place): string {
  if (!mutates || !run.dryRun) return title
  return `Would ${title.charAt(0).toLowerCase()}${title.slice(1)}`
}

function runItems(node: ForEach, place: Place, task: Wrapper): ReturnType<Wrapper['newListr']> {
  // Without its list there was a failure or an early end: the steps inside would not run either.
  const list = place.scope.get(node.list) ?? []
  if (!Array.isArray(list)) {
    throw new DmError('DM_STEP_FACTS', { step: node.list, problem: 'provided a list that is none' })
  }
  const items = list.map((item: unknown) => ({ item, place: placeOfItem(node, place, item) }))
  // Read by the step behind this node, when all items have settled.
  const outcomes = (): ItemOutcome[] =>
    items.map(({ item, place: { domain, scope } }) =>
      domain.failure === null ? { item, facts: scope.own() } : { item, error: domain.failure },
    )
  place.scope.setLazily(node.into, outcomes)
  return task.newListr(
    items.map(({ item, place: inner }) => ({
      title: place.run.clean(node.title(item)),
      task: (_: unknown, itemTask: Wrapper) =>
        itemTask.newListr([toListr(node.node, inner)], { exitOnError: true, concurrent: false }),
    })),
    { concurrent: node.concurrency, exitOnError: node.onError === 'stop' },
  )
}

function placeOfItem(node: ForEach, { scope, domain, run }: Place, item: unknown): Place {
  return {
    scope: new Scope(scope, { [node.as]: item }),
    domain: node.onError === 'collect' ? new FailureDomain(domain, domain.signal) : domain,
    run,
  }
}
