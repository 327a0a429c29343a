/** One thing that is wrong with a config. */
export interface ConfigProblem {
  /** Which key, `buckets.staging.name`; empty for the whole config. */
  readonly path: string
  /** What is wrong, as the rest of a sentence that begins with the key. */
  readonly problem: string
  /** What to do, a sentence. */
  readonly fix: string
}
