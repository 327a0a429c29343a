import { DmError, isDmError } from '../errors/dm-error.ts'
import { formatProgress } from '../format/units.ts'
import { type Done, isDone, type Notice, type Step, type StepContext } from './step.ts'
import type { FailureDomain } from './failure-domain.ts'
import type { Graph } from './graph.ts'
import { findPosition, stepsOf } from './nodes.ts'
import type { Scope } from './scope.ts'

/** What one run keeps besides its facts. */
export interface RunState {
  readonly dryRun: boolean
  /** Set by the step that ended the run early as a success. */
  ended: Done | null
  /** Why the last step was skipped that was. */
  skippedFor: string | null
  /** Sentences for the user, in order. */
  readonly notices: { code: string; message: string }[]
  /** What the mutating steps have changed so far, in order. */
  readonly changes: string[]
  readonly cleanUps: (() => void | Promise<void>)[]
  readonly root: FailureDomain
  readonly graph: Graph
  /** The steps that may end the run although required ones are outstanding. */
  readonly mayEnd: ReadonlySet<Step>
  /** The facts that are needed at the end; `'name?'`: not necessarily. */
  readonly wanted: readonly string[]
  /** The steps that have run or were skipped for a reason of their own. */
  readonly settled: Set<Step>
  /** What every text is passed through before it is shown. */
  readonly clean: (text: string) => string
}

/** Where a node runs: its facts and what stops with it. */
export interface Place {
  readonly scope: Scope
  readonly domain: FailureDomain
  readonly run: RunState
}

/** What a step can tell whoever shows the run. */
export interface StepDisplay {
  readonly output: (line: string) => void
  readonly skip: (reason: string) => void
}

/**
 * Runs one step in its place: gives it the facts it needs, adds those it returns.
 *
 * Resolves also where the step was skipped or stopped because of another one. Rejects only with the
 * first failure of its domain, and only once every other running step of that domain has settled.
 */
export async function runStep(step: Step, place: Place, display: StepDisplay): Promise<void> {
  const { domain, run } = place
  if (run.ended !== null) return display.skip(run.ended.reason)
  if (domain.failure !== null) return display.skip('not run')
  const { leave, others } = domain.enter()
  try {
    domain.signal.throwIfAborted()
    await attempt(step, place, display)
  } catch (error) {
    const ended = earlyEndOf(place)
    if (ended !== null) return display.skip(ended.reason)
    const failure = toFailure(step, error, domain.signal)
    if (!domain.fail(failure)) return display.skip('stopped')
    await others()
    throw failure
  } finally {
    leave()
  }
}

/** Read anew each time: a sibling may end the run at any moment. */
function earlyEndOf({ run }: Place): Done | null {
  return run.ended
}

async function attempt(step: Step, place: Place, display: StepDisplay): Promise<void> {
  const { scope, run } = place
  const facts = scope.given(step)
  const context = contextOf(place, display)
  const skipped = await step.skip?.(facts, context)
  if (skipped !== undefined) {
    scope.add(step, skipped.facts)
    run.settled.add(step)
    return display.skip(skipped.reason)
  }
  const work = run.dryRun && step.mutates ? step.plan : step.run
  const returned = await work?.(facts, context)
  if (typeof returned === 'object' && returned !== null && isDone(returned))
    return end(step, place, returned)
  scope.add(step, returned)
  run.settled.add(step)
  if (!step.mutates || run.dryRun) return
  const change = step.changed?.({ ...facts, ...returned }) ?? null
  if (change !== null) run.changes.push(change)
}

/** Ends the run as a success. Throws DM_STEP_ENDED where that would leave out what must be done. */
function end(step: Step, { scope, run }: Place, ended: Done): void {
  const refuse = (problem: string): never => {
    throw new DmError('DM_STEP_ENDED', { step: step.id, reason: ended.reason, problem })
  }
  const position = findPosition(run.graph.node, step)
  if (position === null || position.loops.length > 0) refuse('it is inside of a loop')
  const outstanding = stepsOf(run.graph.node)
    .filter((other) => other.required && other !== step)
    .filter((other) => !position?.before.includes(other) && !run.settled.has(other))
    .map(({ id }) => `'${id}'`)
  if (outstanding.length > 0 && !run.mayEnd.has(step)) {
    refuse(`what keeps data safe has not run yet: ${outstanding.join(', ')}`)
  }
  scope.addSome(step, ended.facts)
  const missing = run.wanted.filter((name) => !name.endsWith('?') && !scope.has(name))
  if (missing.length > 0) refuse(`the result needs '${missing.join("', '")}'`)
  run.ended = ended
  run.root.stop()
}

function contextOf({ domain, run }: Place, display: StepDisplay): StepContext {
  const startedAt = performance.now()
  return {
    signal: domain.signal,
    report: (progress) => display.output(formatProgress(progress, performance.now() - startedAt)),
    notice: (notice) => void run.notices.push(toEntry(notice)),
    dispose: (cleanUp) => void run.cleanUps.push(cleanUp),
  }
}

function toFailure(step: Step, error: unknown, signal: AbortSignal): Error {
  // Whatever a step throws because it was interrupted, the interruption is what happened.
  if (signal.aborted && isDmError(signal.reason)) return signal.reason
  if (isDmError(error)) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new DmError('DM_STEP_FAILED', { step: step.id, reason }, { cause: error })
}

function toEntry(notice: string | Notice): { code: string; message: string } {
  if (typeof notice === 'string') return { code: 'DM_NOTICE', message: notice }
  const { code, message, hint } = notice
  return { code, message: [message, hint].filter(Boolean).join(' ') }
}
