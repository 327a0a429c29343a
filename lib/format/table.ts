import { printableLine } from './printable.ts'

/**
 * Rows as aligned columns, two spaces between; the last column is not padded.
 *
 * @param table the first row is the heading; cells may be of unknown origin
 */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map(printableLine))
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
