/** The middle one; of an even number the upper one of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** A median with the least and the most. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

/** Ratios turn by turn: what else the machine did then has met both. */
export function ratiosOf(ours: readonly number[], theirs: readonly number[]): Spread {
  const pairs = ours.slice(0, theirs.length).map((one, turn) => one / (theirs[turn] ?? Number.NaN))
  return spreadOf(pairs)
}
