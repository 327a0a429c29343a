const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** An amount of bytes for people, in binary units: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  // What would be rounded to 1024 is 1.0 of the next unit.
  while (amount >= 1023.5 && unit < units.length - 1) {
    amount /= 1024
    unit++
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1
  return `${amount.toFixed(digits)} ${units[unit]}`
}
