/** What one uvu run says of itself. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/**
 * The counts of the summary that uvu prints at its end, or null where there is none.
 *
 * A test that never came to an end, because a hook threw, counts as failed: uvu only leaves it out
 * of `Passed`.
 */
export function readCounts(output: string): Counts | null {
  const total = numberAfter('Total', output)
  const passed = numberAfter('Passed', output)
  const skipped = numberAfter('Skipped', output)
  if (total === null || passed === null || skipped === null) return null
  return { passed, failed: total - passed, skipped }
}

function numberAfter(label: string, output: string): number | null {
  const found = new RegExp(`^\\s*${label}:\\s+(\\d+)`, 'm').exec(output)?.[1]
  return found === undefined ? null : Number(found)
}

/** What in a test's source would make uvu pass over tests in silence. */
export function findSourceProblems(source: string): string[] {
  const problems: string[] = []
  if (/^\s*\w+\.only\(/m.test(source)) problems.push('an .only( was left in')
  const suites = source.match(/^\s*const \w+ = suite\(/gm)?.length ?? 0
  const runs = source.match(/^\s*\w+\.run\(\)/gm)?.length ?? 0
  if (suites !== runs) problems.push(`${suites} suites, but run() is called ${runs} times`)
  return problems
}
