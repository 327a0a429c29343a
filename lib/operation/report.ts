import type { Given, Need } from '../graph/facts.ts'

/** How a run ended: `failed` and `interrupted` leave things undone. */
export type RunOutcome = 'succeeded' | 'failed' | 'interrupted'

/** What a result may depend on besides the facts. */
export interface RunView {
  readonly dryRun: boolean
  readonly outcome: RunOutcome
}

/** What a text for people may depend on besides the result. */
export interface View extends RunView {
  readonly now: Date
  /** Characters per line; Infinity where the output is no terminal. */
  readonly width: number
}

/** How the outcome of an operation is told: to programs as fields, to people as text. */
export interface Report {
  /** The facts it is made from, checked with the graph; `'name?'` is one it can do without. */
  readonly needs: readonly string[]
  /** The fields of the JSON document, from what the run knows at its end. */
  readonly result: (facts: Readonly<Record<string, unknown>>, view: RunView) => object
  /** The text for people, from those fields. */
  readonly text: (result: object, view: View) => string
  /** Whether a failed run shows its result as well. */
  readonly alsoOnFailure: boolean
}

/**
 * Declares a report; its parts agree on the facts and on the type of the result. A report that is
 * shown also on failure is given what is known by then.
 */
export function report<
  const N extends Need,
  Result extends object,
  Failure extends boolean = false,
>(definition: {
  readonly needs: readonly N[]
  readonly result: (
    facts: Failure extends true ? Partial<Given<N>> : Given<N>,
    view: RunView,
  ) => Result
  readonly text: (result: Result, view: View) => string
  readonly alsoOnFailure?: Failure
}): Report {
  const { needs, result, text, alsoOnFailure = false } = definition
  return {
    needs,
    // The run hands over the facts of `needs`, and `text` what `result` has returned.
    result: result as unknown as Report['result'],
    text: text as unknown as Report['text'],
    alsoOnFailure,
  }
}
