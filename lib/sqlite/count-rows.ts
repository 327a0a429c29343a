import { isDmError } from '../errors/dm-error.ts'
import { quoteIdentifier } from './quote-identifier.ts'
import { runSqlite, type SqliteOptions } from './run-sqlite.ts'

/**
 * Characters of SQL in one call: enough for hundreds of tables. Linux takes at most 131,072 bytes in
 * a command for the shell, and a character can need four of them.
 */
const CALL_LENGTH = 25_000

/**
 * How many rows each table has, all counted by one process where there
 * are not thousands. Null: SQLite cannot count it, because
 * its definition uses what only its own program has.
 *
 * @throws as `runSqlite`
 */
export async function countRows(
  file: string,
  tables: readonly string[],
  options: SqliteOptions,
): Promise<ReadonlyMap<string, number | null>> {
  const counts = new Map<string, number | null>()
  for (const call of group(tables)) {
    const results = await countTogether(file, call, options)
    for (const [index, table] of call.entries()) counts.set(table, results[index] ?? null)
  }
  return counts
}

async function countTogether(
  file: string,
  tables: readonly string[],
  options: SqliteOptions,
): Promise<(number | null)[]> {
  try {
    const output = await runSqlite(file, [tables.map(countSql).join('')], options)
    return output.trim().split('\n').map(Number)
  } catch (error) {
    if (!isDmError(error, 'DM_SQLITE_FAILED')) throw error
    if (tables.length === 1) return [null]
  }
  // One of them cannot be counted: halve until it stands alone.
  const middle = Math.ceil(tables.length / 2)
  const first = await countTogether(file, tables.slice(0, middle), options)
  return [...first, ...(await countTogether(file, tables.slice(middle), options))]
}

function countSql(table: string): string {
  // An index is smaller, but quick_check does not prove that it has an entry for every row.
  return `SELECT count(*) FROM main.${quoteIdentifier(table)} NOT INDEXED;`
}

/** Splits the tables so that the SQL of each group is not too long; a longer one stands alone. */
function group(tables: readonly string[]): string[][] {
  const groups: string[][] = []
  let used = Infinity
  for (const table of tables) {
    const { length } = countSql(table)
    if (used + length > CALL_LENGTH) {
      groups.push([])
      used = 0
    }
    groups.at(-1)?.push(table)
    used += length
  }
  return groups
}
