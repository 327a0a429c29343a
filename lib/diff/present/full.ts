import { printableLine } from '../../format/text.ts'
import type { TableDiff } from '../types.ts'
import type { DifferingRow } from './json.ts'

/** All rows that differ, one a line, below the names of their tables; for a terminal. */
export function fullText(
  tables: readonly TableDiff[],
  rows: ReadonlyMap<string, readonly DifferingRow[]>,
): string {
  const blocks = tables.flatMap(({ name, key }) => {
    const list = rows.get(name) ?? []
    if (list.length === 0) return []
    return [[printableLine(name), ...list.map((row) => `  ${describe(row, key)}`)].join('\n')]
  })
  return blocks.join('\n\n')
}

function describe({ before, after }: DifferingRow, key: readonly string[] | null): string {
  if (before === null) return `+ ${showValues(after ?? {})}`
  if (after === null) return `- ${showValues(before)}`
  const changes = Object.keys(after).filter((column) => before[column] !== after[column])
  const known = (key ?? []).filter((column) => column in after)
  const place = known.map((column) => `${column}=${after[column]}`)
  const shown = changes.map((column) => `${column}: ${before[column] ?? 'none'} → ${after[column]}`)
  return printableLine(`~ ${[...place, ...shown].join(', ')}`)
}

function showValues(values: Readonly<Record<string, string>>): string {
  const list = Object.entries(values).map(([column, literal]) => `${column}=${literal}`)
  return printableLine(list.join(', '))
}
