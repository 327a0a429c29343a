import { askTables } from './ask-tables.ts'
import { quoteIdentifier, type SqliteOptions } from './run-sqlite.ts'

/**
 * How many rows each table has. Null: SQLite cannot count it, because its definition uses what only
 * its own program has.
 *
 * @throws as `runSqlite`
 */
export async function countRows(
  file: string,
  tables: readonly string[],
  options: SqliteOptions,
): Promise<ReadonlyMap<string, number | null>> {
  const counts = new Map<string, number | null>(tables.map((table) => [table, null]))
  const { given } = await askTables(file, tables, countSql, options)
  for (const { tables: some, lines } of given) {
    for (const [index, table] of some.entries()) counts.set(table, Number(lines[index]))
  }
  return counts
}

function countSql(table: string): string {
  // An index is smaller, but quick_check does not prove that it has an entry for every row.
  return `SELECT count(*) FROM main.${quoteIdentifier(table)} NOT INDEXED;`
}
