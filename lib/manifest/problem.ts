import type { JsonPath } from './json/place-json.ts'

/** Where a manifest has more problems, the others are not looked for. */
export const MAX_PROBLEMS = 1000

/** One thing that is wrong in a manifest. */
export interface ManifestProblem {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** Such as `[0].history[2].sha256`; empty for the manifest as a whole. */
  readonly path: string
  /** The rule that is broken: `must be 64 lower-case hex digits`. */
  readonly reason: string
}

/** A problem before its place in the text is known as line and column. */
export interface Finding {
  readonly path: JsonPath
  readonly reason: string
  /** Offset in the text, where it is not simply the value at the path. */
  readonly offset?: number
}
