import type { Done } from './done.ts'
import type { FailureDomain } from './failure-domain.ts'
import type { Scope } from './scope.ts'

/** What one run keeps besides its facts. */
export interface RunState {
  readonly dryRun: boolean
  /** Set by the step that ended the run early as a success. */
  ended: Done | null
  /** Sentences for the user, in order. */
  readonly notices: string[]
  /** What the mutating steps have changed so far, in order. */
  readonly changes: string[]
  readonly cleanUps: (() => void | Promise<void>)[]
  readonly root: FailureDomain
  /** The ids of the steps that have run or were skipped for a reason of their own. */
  readonly settled: Set<string>
  /** What every text is passed through before it is shown. */
  readonly redact: (text: string) => string
}

/** Where a node runs: its facts and what stops with it. */
export interface Place {
  readonly scope: Scope
  readonly domain: FailureDomain
  readonly run: RunState
}
