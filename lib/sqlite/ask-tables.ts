import { isBeyondSqlite, quoteIdentifier, runSqlite, type SqliteOptions } from './run-sqlite.ts'

/**
 * Characters of SQL in one call: enough for hundreds of tables. Linux takes at most 131,072 bytes in
 * a command for the shell, and a character can need four of them.
 */
const CALL_LENGTH = 25_000

/** What SQLite printed for some tables together, and where it could not answer. */
export interface Answers {
  readonly given: readonly { readonly tables: readonly string[]; readonly lines: string[] }[]
  /** By table: it uses what only its own program has. */
  readonly refused: ReadonlyMap<string, string>
}

/**
 * Asks the same of each table, in one process where there are not thousands.
 *
 * @param sqlOf one statement that prints at least a line
 * @throws as `runSqlite`, but for what `isBeyondSqlite`
 */
export async function askTables(
  file: string,
  tables: readonly string[],
  sqlOf: (table: string) => string,
  options: SqliteOptions,
): Promise<Answers> {
  const given: { tables: readonly string[]; lines: string[] }[] = []
  const refused = new Map<string, string>()
  const ask = async (some: readonly string[]): Promise<void> => {
    try {
      const output = await runSqlite(file, [some.map(sqlOf).join('')], options)
      given.push({ tables: some, lines: output.trimEnd().split('\n') })
    } catch (error) {
      if (!isBeyondSqlite(error)) throw error
      const [first] = some
      if (some.length === 1 && first !== undefined) {
        refused.set(first, error.context.reason)
        return
      }
      // One of them cannot be asked: halve until it stands alone.
      const middle = Math.ceil(some.length / 2)
      await ask(some.slice(0, middle))
      await ask(some.slice(middle))
    }
  }
  for (const call of group(tables, sqlOf)) await ask(call)
  return { given, refused }
}

/** Splits the tables so that the SQL of each group is not too long; a longer one stands alone. */
function group(tables: readonly string[], sqlOf: (table: string) => string): string[][] {
  const groups: string[][] = []
  let used = Infinity
  for (const table of tables) {
    const { length } = sqlOf(table)
    if (used + length > CALL_LENGTH) {
      groups.push([])
      used = 0
    }
    groups.at(-1)?.push(table)
    used += length
  }
  return groups
}

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
