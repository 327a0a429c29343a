const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** An amount of bytes for people, in binary units: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  // What would be rounded to 1024 is 1.0 of the next unit.
  while (amount >= 1023.5 && unit < byteUnits.length - 1) {
    amount /= 1024
    unit++
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1
  return `${amount.toFixed(digits)} ${byteUnits[unit]}`
}

/** The bytes of an amount that a person wrote, `2GiB`, `500 MiB`, `1.5 TiB`, `0`; else null. */
export function parseBytes(text: string): number | null {
  if (text === '0') return 0
  const [, amount, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?) ?([KMGT]iB|B)$/.exec(text) ?? []
  const power = byteUnits.findIndex((one) => one === unit)
  return power === -1 ? null : Math.round(Number(amount) * 1024 ** power)
}

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

const ages: readonly (readonly [unit: string, milliseconds: number])[] = [
  ['y', 365 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
]

/** How long ago a moment was, for people: `5 h ago`; empty where the timestamp is no date. */
export function formatAge(timestamp: string, now: Date): string {
  const age = now.getTime() - Date.parse(timestamp)
  if (Number.isNaN(age)) return ''
  for (const [unit, length] of ages) {
    if (age >= length) return `${Math.floor(age / length)} ${unit} ago`
  }
  return 'just now'
}

/**
 * One line about how far a step is.
 *
 * @param progress a text as it is, or an amount of bytes
 * @param elapsed milliseconds since the step began, for the speed
 */
export function formatProgress(
  progress: string | { readonly done: number; readonly total: number },
  elapsed: number,
): string {
  if (typeof progress === 'string') return progress
  const { done, total } = progress
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
  const speed = elapsed >= 500 ? `, ${formatBytes(done / (elapsed / 1000))}/s` : ''
  return `${formatBytes(done)} of ${formatBytes(total)} (${percent}%)${speed}`
}

/** Whether a version like 3.9.1 comes before another. */
export function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0
}
