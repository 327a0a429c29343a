import { ProcessOutput } from 'zx/core'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { runSqlite, type SqliteOptions } from './run-sqlite.ts'

/** So many problems are named. */
const LISTED = 5

const statements = ['PRAGMA ignore_check_constraints=ON', `PRAGMA quick_check(${LISTED})`]

/**
 * Reads the whole database and checks that its pages and rows are well formed.
 *
 * CHECK constraints are left out: they are SQL of the database's own, they may use functions that
 * only its program has, and a row that breaks one is no damage.
 *
 * @throws DM_DATABASE_DAMAGED with the first problems; otherwise as `runSqlite`
 */
export async function quickCheck(file: string, options: SqliteOptions): Promise<void> {
  const output = await runSqlite(file, statements, options).catch((error: unknown) => {
    // It gives up where the damage is too great, and may have named some before.
    const damaged = isDmError(error, 'DM_DATABASE_DAMAGED')
    if (!damaged || !(error.cause instanceof ProcessOutput)) throw error
    return `${error.cause.stdout}\n${error.context.problems.join('\n')}`
  })
  // Where it does not give up, it exits with 0 whatever it finds.
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('***'))
  if (lines.length === 1 && lines[0] === 'ok') return
  const problems = lines.slice(0, LISTED).map((line) => line.slice(0, 500))
  throw new DmError('DM_DATABASE_DAMAGED', { file, problems })
}
