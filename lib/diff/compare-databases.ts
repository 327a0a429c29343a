import { statSync } from 'node:fs'
import { quoteIdentifier } from '../sqlite/run-sqlite.ts'
import { openDatabases, type Pair, pragma } from './open-databases.ts'
import { compareRows, type RowSink } from './rows/compare-rows.ts'
import { findCandidates } from './rows/find-candidates.ts'
import { readRows } from './rows/read-rows.ts'
import { RowsFile } from './rows/rows-file.ts'
import { summarize } from './rows/summarize.ts'
import { nameOf, sidesOf, type TablePair, type TableSide } from './rows/table-pair.ts'
import { dropTable } from './rows/temporary-table.ts'
import { compareSchemas } from './schema/compare-schemas.ts'
import { hasRows, matchTables } from './schema/match-tables.ts'
import { isSequence, readSchema, type Schema } from './schema/read-schema.ts'
import {
  type DatabaseDiff,
  type DiffOptions,
  type FileFacts,
  SAMPLES,
  type TableDiff,
  type Uncompared,
} from './types.ts'

/** What can be sent to a worker of them. */
export type SentOptions = Omit<DiffOptions, 'signal' | 'report'>

/**
 * Compares two databases; blocks its thread.
 *
 * @throws errors of node:sqlite and of the file system
 */
export function compareDatabases(
  before: string,
  after: string,
  options: SentOptions,
  report: (progress: { done: number; total: number }) => void,
): DatabaseDiff {
  const databases = openDatabases(before, after)
  const rowsFile = options.rowsFile === undefined ? null : new RowsFile(options.rowsFile)
  try {
    const schemas = { before: readSchema(databases.before), after: readSchema(databases.after) }
    const pairs = matchTables(schemas.before, schemas.after, databases)
    const schema = compareSchemas(schemas.before, schemas.after, pairs, databases)
    const uncompared = [...findUncompared(schemas.before), ...findUncompared(schemas.after)]
    const tables: TableDiff[] = []
    for (const [done, pair] of pairs.entries()) {
      report({ done, total: pairs.length })
      try {
        tables.push(compareTable(pair, databases, rowsFile))
      } catch (error) {
        uncompared.push({ name: nameOf(pair), reason: reasonOf(error) })
      }
    }
    report({ done: pairs.length, total: pairs.length })
    return {
      before: factsOf(before, databases, 'before'),
      after: factsOf(after, databases, 'after'),
      schema,
      tables: tables.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      uncompared: uniqueByName(uncompared),
      sql: options.sqlFile === undefined ? null : { reason: 'the SQL is not written yet' },
    }
  } finally {
    rowsFile?.close()
    databases.close()
  }
}

function factsOf(file: string, databases: Pair, which: 'before' | 'after'): FileFacts {
  const side = databases[which]
  return {
    bytes: statSync(file).size,
    pageSize: pragma(side, 'page_size'),
    encoding: side.encoding,
  }
}

function compareTable(pair: TablePair, databases: Pair, rowsFile: RowsFile | null): TableDiff {
  const { before, after } = sidesOf(pair, databases)
  const encodings = pair.isMixed
    ? ({ before: 'UTF-8', after: 'UTF-8' } as const)
    : { before: databases.before.encoding, after: databases.after.encoding }
  const summary = summarize(pair, encodings)
  const sinks = [summary.sink, ...(rowsFile === null ? [] : [rowsFile.sink(pair, encodings)])]
  const sink = sinks.length === 1 ? summary.sink : toAll(sinks)
  const rowsBefore = before === null ? 0 : countRows(before)
  const rowsAfter = after === null ? 0 : countRows(after)
  if (before !== null && after !== null) {
    const candidates = findCandidates(before, after, null)
    compareRows(before, after, candidates, sink)
    if (candidates !== null) {
      dropTable(databases.before.db, candidates.before)
      dropTable(databases.before.db, candidates.after)
    }
  } else {
    const limit = rowsFile === null ? SAMPLES : undefined
    const order = pair.key === null ? 'none' : 'key'
    if (before !== null) for (const row of readRows(before, { order, limit })) sink.deleted(row)
    if (after !== null) for (const row of readRows(after, { order, limit })) sink.inserted(row)
  }
  const found = summary.result()
  return {
    name: nameOf(pair),
    formerName: pair.before !== null && pair.before.name !== nameOf(pair) ? pair.before.name : null,
    state: before === null ? 'added' : after === null ? 'removed' : 'kept',
    key: pair.key === null ? null : pair.key.map((at) => pair.columns[at]?.name ?? ''),
    rowsBefore,
    rowsAfter,
    ...found,
    inserted: before === null ? rowsAfter : found.inserted,
    deleted: after === null ? rowsBefore : found.deleted,
    how: 'whole',
    reason: null,
  }
}

function toAll(sinks: readonly RowSink[]): RowSink {
  return {
    deleted: (row) => sinks.forEach((sink) => sink.deleted(row)),
    inserted: (row) => sinks.forEach((sink) => sink.inserted(row)),
    updated: (old, now) => sinks.forEach((sink) => sink.updated(old, now)),
  }
}

function countRows({ side, table }: TableSide): number {
  const sql = `SELECT count(*) AS n FROM ${side.schema}.${quoteIdentifier(table.name)} NOT INDEXED`
  return Number(side.db.prepare(sql).get()?.['n'])
}

/** What no row of is compared, and why. */
function findUncompared(schema: Schema): Uncompared[] {
  return schema.tables
    .filter((table) => !hasRows(table))
    .map(({ name, kind, sql }) => ({
      name,
      reason:
        kind === 'internal'
          ? isSequence(name)
            ? 'it is no ordinary table'
            : 'statistics that ANALYZE made, or a table of SQLite itself'
          : `a virtual table (${moduleOf(sql)}): of what it shows, only the tables that it keeps it in are compared`,
    }))
}

function moduleOf(sql: string): string {
  return /\busing\s+["'[`]?([\w$]+)/i.exec(sql)?.[1] ?? 'unknown'
}

function uniqueByName(uncompared: readonly Uncompared[]): Uncompared[] {
  return [...new Map(uncompared.map((one) => [one.name, one])).values()]
}

/** A damaged file is a failure of all; what only this SQLite lacks, of one table. */
function reasonOf(error: unknown): string {
  const { errcode, message } = error as { errcode?: number; message?: string }
  // https://www.sqlite.org/rescode.html: SQLITE_ERROR.
  if (errcode === undefined || (errcode & 0xff) !== 1) throw error
  return `SQLite cannot read it: ${message ?? 'unknown'}`
}
