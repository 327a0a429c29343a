const steps: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['y', 365 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

/** How long ago a moment was, for people: `5 h ago`; empty where the timestamp is no date. */
export function formatAge(timestamp: string, now: Date): string {
  const age = now.getTime() - Date.parse(timestamp)
  if (Number.isNaN(age)) return ''
  for (const [unit, length] of steps) {
    if (age >= length) return `${Math.floor(age / length)} ${unit} ago`
  }
  return 'just now'
}
