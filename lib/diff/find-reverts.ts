import { isStatistics } from './present/describe-diff.ts'
import type { DifferingRow } from './present/json.ts'
import { type DatabaseDiff, isLayout } from './types.ts'

/** What of others would be undone in a table; no rows: its schema. */
export interface Revert {
  readonly table: string
  readonly rows: number
}

/** How two databases differ, with all the rows that do. */
export interface FullDiff {
  readonly diff: DatabaseDiff
  /** By table. */
  readonly rows: ReadonlyMap<string, readonly DifferingRow[]>
}

type Values = Readonly<Record<string, string>>

/**
 * Which of the rows that others changed would not have their change any more.
 *
 * @param theirs from what the author had to what others made of it
 * @param ours from that to what the author proposes
 * @returns null where that is not known: something could not be compared
 */
export function findReverts(theirs: FullDiff, ours: FullDiff): readonly Revert[] | null {
  const isUnknown = ({ diff }: FullDiff): boolean =>
    diff.uncompared.some((one) => !isStatistics(one))
  if (isUnknown(theirs) && isUnknown(ours)) return null
  const counts = new Map<string, number>()
  for (const { name, formerName, key } of ours.diff.tables) {
    const table = formerName ?? name
    const changes = indexRows(theirs.rows.get(table) ?? [], key)
    if (changes.size === 0) continue
    const undone = (ours.rows.get(name) ?? []).filter((row) => {
      const id = row.before === null ? keyOf(row.after, key) : wholeOf(row.before)
      const change = changes.get(id)
      return change !== undefined && undoes(change, row)
    })
    if (undone.length > 0) counts.set(table, undone.length)
  }
  for (const table of undoneSchemas(theirs.diff, ours.diff)) {
    if (!counts.has(table)) counts.set(table, 0)
  }
  return Array.from(counts, ([table, rows]) => ({ table, rows }))
}

/** By what the row is for the other comparison: the row as others have it, or the key of one that they deleted. */
function indexRows(
  rows: readonly DifferingRow[],
  key: readonly string[] | null,
): Map<string, DifferingRow> {
  return new Map(
    rows.map((row) => [row.after === null ? keyOf(row.before, key) : wholeOf(row.after), row]),
  )
}

/** Whether a value that others changed would be another one. */
function undoes(change: DifferingRow, { before, after }: DifferingRow): boolean {
  // They made it, or took it away; we take it away, or bring it back.
  if (change.before === null || change.after === null || before === null || after === null) {
    return true
  }
  const { before: was, after: is } = change
  return Object.keys(is).some(
    (column) => was[column] !== is[column] && after[column] !== is[column],
  )
}

function wholeOf(values: Values): string {
  return `row ${namedValues(values, Object.keys(values))}`
}

function keyOf(values: Values | null, key: readonly string[] | null): string {
  if (values === null) return ''
  const columns = key ?? Object.keys(values)
  return `key ${namedValues(values, columns)}`
}

/** Whatever the order of the columns is in the one or the other. */
function namedValues(values: Values, columns: readonly string[]): string {
  const named = columns.map((column) => JSON.stringify([column, values[column]]))
  return JSON.stringify(named.toSorted())
}

/** Where both have changed the same of the schema. */
function undoneSchemas(theirs: DatabaseDiff, ours: DatabaseDiff): string[] {
  const idOf = ({ object, name, table }: DatabaseDiff['schema'][number]): string =>
    JSON.stringify([object, name, table])
  const changed = new Set(
    theirs.schema.filter((change) => !isLayout(change)).map((change) => idOf(change)),
  )
  return ours.schema
    .filter((change) => changed.has(idOf(change)))
    .map(({ table, name }) => table ?? name)
}
