import { DmError, isDmError } from '../errors/dm-error.ts'
import { formatProgress } from '../format/progress.ts'
import { type Done, isDone } from './done.ts'
import type { Place } from './run-state.ts'
import type { Step, StepContext } from './step.ts'

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
    run.settled.add(step.id)
    return display.skip(skipped.reason)
  }
  const work = run.dryRun && step.mutates ? step.plan : step.run
  const returned = await work?.(facts, context)
  if (typeof returned === 'object' && returned !== null && isDone(returned))
    return end(place, returned)
  scope.add(step, returned)
  run.settled.add(step.id)
  if (!step.mutates || run.dryRun) return
  const change = step.changed?.({ ...facts, ...returned }) ?? null
  if (change !== null) run.changes.push(change)
}

function end(place: Place, ended: Done): void {
  place.run.ended = ended
  for (const [name, value] of Object.entries(ended.facts)) place.scope.set(name, value)
  place.run.root.stop()
}

function contextOf({ domain, run }: Place, display: StepDisplay): StepContext {
  const startedAt = performance.now()
  return {
    signal: domain.signal,
    report: (progress) => display.output(formatProgress(progress, performance.now() - startedAt)),
    notice: (sentence) => void run.notices.push(sentence),
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
