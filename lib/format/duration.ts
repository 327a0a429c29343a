const unitMs: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** The milliseconds of a length of time that a person wrote, `7d`, `12h`, `30m`, `2w`; else null. */
export function parseDuration(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? []
  const length = unitMs[unit]
  return length === undefined ? null : Number(count) * length
}

/** A length of time for people: `0.4 s`, `12 s`, `3 min 20 s`. */
export function formatDuration(milliseconds: number): string {
  const tenths = (milliseconds / 1000).toFixed(1)
  if (Number(tenths) < 10) return `${tenths} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
