import { constants, copyFile, rm, unlink, chmod } from 'node:fs/promises'
import path from 'node:path'
import { applySql } from '../../sqlite/apply-sql.ts'
import {
  type DatabaseDiff,
  isLayout,
  type NoSql,
  type TableDiff,
  type WrittenSql,
} from '../types.ts'

interface Place {
  readonly before: string
  readonly after: string
  /** A folder for the copy. */
  readonly scratch: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal | undefined
}

/**
 * Applies the SQL to a copy of the old database with the sqlite3 command and compares the outcome,
 * every row of it, with the new one.
 *
 * @param compare compares two databases whole
 * @returns the SQL as proved, or why there is none; its file is gone then
 * @throws errors of the file system and of `compare`; the signal's reason
 */
export async function proveByApplying(
  sql: WrittenSql,
  { before, after, scratch, env, signal }: Place,
  compare: (one: string, other: string) => Promise<DatabaseDiff>,
): Promise<WrittenSql | NoSql> {
  const copy = path.join(scratch, 'proof.sqlite')
  try {
    await copyFile(before, copy, constants.COPYFILE_FICLONE)
    await chmod(copy, 0o600)
    const failure = await applySql(copy, sql.path, { env, signal })
    const difference = failure ?? findDifference(await compare(copy, after))
    if (difference === null) return { ...sql, proof: 'applied' }
    await unlink(sql.path)
    const reason = `applied to the old database it does not give the new one: ${difference}`
    return { reason, isUnproved: true }
  } finally {
    await rm(copy, { force: true })
  }
}

/**
 * Proves SQL by the rows that differ alone: that it makes the new ones of the old ones, and that the
 * numbers of rows are then those of the new database.
 *
 * @returns as `proveByApplying`
 */
export async function proveTouched(
  { tables }: DatabaseDiff,
  sql: WrittenSql,
  place: Place,
  compare: (one: string, other: string) => Promise<DatabaseDiff>,
): Promise<WrittenSql | NoSql> {
  const odd = tables.find(
    ({ rowsBefore, rowsAfter, inserted, deleted }) => rowsBefore + inserted - deleted !== rowsAfter,
  )
  if (odd !== undefined) {
    await rm(sql.path, { force: true })
    return { reason: `the rows of '${odd.name}' do not add up` }
  }
  const proved = await proveByApplying(sql, place, compare)
  return 'reason' in proved ? proved : { ...proved, proof: 'touched' }
}

/** What is different in two databases that are to have the same content; null: nothing. */
export function findDifference({ schema, tables }: DatabaseDiff): string | null {
  const change = schema.find((one) => !isLayout(one))
  if (change !== undefined) return `${change.object} '${change.name}' ${change.change}`
  const table = tables.find((one) => isDifferent(one))
  if (table === undefined) return null
  const { name, inserted, updated, deleted } = table
  return `'${name}' differs in ${inserted + updated + deleted} rows`
}

function isDifferent({ name, state, inserted, updated, deleted }: TableDiff): boolean {
  // Nothing can drop this one, once it is there; without rows it says nothing.
  const mayBeEmpty = name === 'sqlite_sequence'
  return inserted + updated + deleted > 0 || (state !== 'kept' && !mayBeEmpty)
}
