import type { DatabaseDiff, NoSql, TableDiff, WrittenSql } from '../types.ts'

/** A row that differs: its values as SQL literals, by the names of the columns; null: there is none. */
export interface DifferingRow {
  readonly change: 'inserted' | 'updated' | 'deleted'
  readonly before: Readonly<Record<string, string>> | null
  readonly after: Readonly<Record<string, string>> | null
}

/** A diff for programs, as `diff.schema.json` describes it. */
export interface DiffDocument extends Omit<DatabaseDiff, 'sql' | 'tables'> {
  readonly sql: Omit<WrittenSql, 'path'> | NoSql | null
  readonly tables: readonly (TableDiff & { readonly rows?: readonly DifferingRow[] })[]
}

/**
 * @param rows all rows that differ, by table; left out: nobody asked for them
 */
export function diffDocument(
  { sql, tables, ...diff }: DatabaseDiff,
  rows?: ReadonlyMap<string, readonly DifferingRow[]>,
): DiffDocument {
  return {
    ...diff,
    sql: sql === null || 'reason' in sql ? sql : withoutPath(sql),
    tables:
      rows === undefined
        ? tables
        : tables.map((table) => ({ ...table, rows: rows.get(table.name) ?? [] })),
  }
}

/** What results say of a diff that is not what was asked for. */
export function diffFields({ schema, tables }: DatabaseDiff): {
  readonly schema: DatabaseDiff['schema']
  readonly tables: readonly Pick<TableDiff, 'name' | 'inserted' | 'updated' | 'deleted'>[]
} {
  const counts = tables.map(({ name, inserted, updated, deleted }) => ({
    name,
    inserted,
    updated,
    deleted,
  }))
  return { schema, tables: counts }
}

function withoutPath({ bytes, lines, proof }: WrittenSql): Omit<WrittenSql, 'path'> {
  return { bytes, lines, proof }
}
