const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** An amount of bytes for people, in binary units: `512 B`, `1.4 MiB`. */
export function formatBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit++
  }
  const digits = unit === 0 || amount >= 100 ? 0 : 1
  return `${amount.toFixed(digits)} ${units[unit]}`
}
