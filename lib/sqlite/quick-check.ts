import { ProcessOutput } from 'zx/core'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { askTables } from './ask-tables.ts'
import { isBeyondSqlite, quoteIdentifier, runSqlite, type SqliteOptions } from './run-sqlite.ts'

/** So many problems are named. */
const LISTED = 5

/** They are SQL of the database's own, and a row that breaks one is no damage. */
const WITHOUT_CHECKS = 'PRAGMA ignore_check_constraints=ON;'

/**
 * Reads the whole database and checks that its pages and rows are well formed.
 *
 * @returns false where SQLite lacks what a table uses: then see `quickCheckTables`
 * @throws DM_DATABASE_DAMAGED with the first problems; otherwise as `runSqlite`
 */
export async function quickCheck(file: string, options: SqliteOptions): Promise<boolean> {
  const statements = [WITHOUT_CHECKS, `PRAGMA quick_check(${LISTED})`]
  try {
    verifyOk(file, (await runSqlite(file, statements, options)).split('\n'), 1)
    return true
  } catch (error) {
    if (isBeyondSqlite(error)) return false
    throw withEarlier(file, error)
  }
}

/**
 * Checks table after table.
 *
 * @returns why a table could not be checked, by its name
 * @throws DM_DATABASE_DAMAGED with the first problems; otherwise as `runSqlite`
 */
export async function quickCheckTables(
  file: string,
  tables: readonly string[],
  options: SqliteOptions,
): Promise<ReadonlyMap<string, string>> {
  const checkSql = (table: string): string =>
    `${WITHOUT_CHECKS}PRAGMA quick_check(${quoteIdentifier(table)});`
  const { given, refused } = await askTables(file, tables, checkSql, options).catch(
    (error: unknown) => {
      throw withEarlier(file, error)
    },
  )
  for (const { tables: some, lines } of given) verifyOk(file, lines, some.length)
  return refused
}

/** Where SQLite does not give up, it exits with 0 whatever it finds. */
function verifyOk(file: string, output: readonly string[], checks: number): void {
  const lines = output.filter((line) => line !== '')
  if (lines.length !== checks || lines.some((line) => line !== 'ok')) throw damaged(file, lines)
}

/** It gives up where the damage is too great, and may have named some before. */
function withEarlier(file: string, error: unknown): unknown {
  if (!isDmError(error, 'DM_DATABASE_DAMAGED')) return error
  const earlier = error.cause instanceof ProcessOutput ? error.cause.stdout.split('\n') : []
  return damaged(file, [...earlier, ...error.context.problems])
}

function damaged(file: string, lines: readonly string[]): DmError {
  const named = lines.filter((line) => !['', 'ok'].includes(line) && !line.startsWith('***'))
  const problems = named.length === 0 ? ['the check came to no end'] : named
  return new DmError('DM_DATABASE_DAMAGED', {
    file,
    problems: problems.slice(0, LISTED).map((line) => line.slice(0, 500)),
  })
}
