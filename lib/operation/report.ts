import type { Facts } from '../graph/facts.ts'

/** What a text for people may depend on besides the result. */
export interface View {
  readonly dryRun: boolean
  readonly now: Date
  /** Characters per line; Infinity where the output is no terminal. */
  readonly width: number
}

/** How the outcome of an operation is told: to programs as fields, to people as text. */
export interface Report {
  /** The fields of the JSON document, from what the run knows at its end. */
  readonly result: (facts: Partial<Facts>) => object
  /** The text for people, from those fields. */
  readonly text: (result: object, view: View) => string
  /** Whether a failed run shows its result as well. */
  readonly alsoOnFailure: boolean
}

/** Declares a report; the two parts agree on the type of the result. */
export function report<Result extends object>(definition: {
  readonly result: (facts: Partial<Facts>) => Result
  readonly text: (result: Result, view: View) => string
  readonly alsoOnFailure?: boolean
}): Report {
  return {
    result: definition.result,
    // Only ever given what `result` above returned.
    text: (result, view) => definition.text(result as Result, view),
    alsoOnFailure: definition.alsoOnFailure ?? false,
  }
}
