import { statSync } from 'node:fs'
import { quoteIdentifier } from '../sqlite/run-sqlite.ts'
import type { Progress } from './run-in-worker.ts'
import { findTouched, type Touched } from './pages/find-touched.ts'
import { type Encoding, openDatabases, type Pair, pragma } from './open-databases.ts'
import { compareRows, type RowSink } from './rows/compare-rows.ts'
import { findCandidates } from './rows/find-candidates.ts'
import { matchByKey } from './rows/match-by-key.ts'
import { readRows } from './rows/read-rows.ts'
import { RowsFile } from './rows/rows-file.ts'
import { summarize } from './rows/summarize.ts'
import { nameOf, sidesOf, type TablePair, type TableSide } from './rows/table-pair.ts'
import { dropTable } from './rows/temporary-table.ts'
import { findObstacle } from './sql/find-obstacle.ts'
import { needsNewTable, TableSql } from './sql/table-sql.ts'
import { TouchedRows } from './sql/touched-rows.ts'
import { findVirtualTables } from './sql/virtual-tables.ts'
import { type Parts, writeSql } from './sql/write-sql.ts'
import { compareSchemas } from './schema/compare-schemas.ts'
import { hasRows, matchTables } from './schema/match-tables.ts'
import { isSequence, readSchema, type Schema, type Table } from './schema/read-schema.ts'
import {
  type DatabaseDiff,
  type DiffOptions,
  type FileFacts,
  SAMPLES,
  type TableDiff,
  type Uncompared,
} from './types.ts'

/** What can be sent to a worker of them. */
export type SentOptions = Omit<DiffOptions, 'signal' | 'report' | 'env' | 'prove'> & {
  /** Whether the rows that differ are copied, for a proof of the SQL by them. */
  readonly keepTouched?: boolean
}

export interface Compared {
  readonly diff: DatabaseDiff
  /** Two databases of the rows that differ; null: none were asked for, or they would prove too little. */
  readonly touched: { readonly before: string; readonly after: string } | null
}

/**
 * Compares two databases; blocks its thread.
 *
 * @throws errors of node:sqlite and of the file system
 */
export function compareDatabases(
  before: string,
  after: string,
  options: SentOptions,
  report: (progress: Progress) => void,
): Compared {
  const databases = openDatabases(before, after)
  const rowsFile = options.rowsFile === undefined ? null : new RowsFile(options.rowsFile)
  try {
    const schemas = { before: readSchema(databases.before), after: readSchema(databases.after) }
    const pairs = matchTables(schemas.before, schemas.after, databases)
    const schema = compareSchemas(schemas.before, schemas.after, pairs, databases)
    const uncompared = [...findUncompared(schemas.before), ...findUncompared(schemas.after)]
    const tables: TableDiff[] = []
    const sql: TableSql[] = []
    const isSql = options.sqlFile !== undefined
    let obstacle = isSql ? findObstacle(schemas, schema, databases) : null
    const writes = isSql && obstacle === null
    const { made, dropped } = findVirtualTables(schemas)
    const isPlain = made.length + dropped.length === 0 && pairs.every((pair) => !isRebuilt(pair))
    const keeps = writes && options.keepTouched === true && isPlain
    const touchedRows = keeps
      ? unlessLacking(() => new TouchedRows(options.scratch, schemas, databases))
      : null
    const reporting = { ...options, report }
    const touched = findTouchedOf(pairs, { before, after }, databases, reporting)
    for (const [done, pair] of pairs.entries()) {
      report(`table ${done + 1} of ${pairs.length}: ${nameOf(pair)}`)
      try {
        const ofTable = writes
          ? new TableSql(pair, options.scratch, done, databases.after.encoding)
          : null
        const sinks: RowSink[] =
          rowsFile === null ? [] : [rowsFile.sink(pair, encodingsOf(pair, databases))]
        if (ofTable !== null && pair.after !== null) sinks.push(ofTable.sink())
        if (touchedRows !== null && pair.after !== null) sinks.push(touchedRows.sink(pair))
        tables.push(compareTable(pair, databases, touched.get(pair) ?? null, sinks))
        ofTable?.finish(databases)
        if (ofTable !== null) sql.push(ofTable)
      } catch (error) {
        const reason = reasonOf(error)
        obstacle ??= `'${nameOf(pair)}' is not compared: ${reason}`
        uncompared.push({ name: nameOf(pair), reason })
      }
    }
    const diff: DatabaseDiff = {
      before: factsOf(before, databases, 'before'),
      after: factsOf(after, databases, 'after'),
      schema,
      tables: tables.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      uncompared: uniqueByName(uncompared),
      sql:
        options.sqlFile === undefined
          ? null
          : obstacle === null
            ? write(options.sqlFile, { schemas, changes: schema, tables: sql, databases })
            : { reason: obstacle },
    }
    const isTold = obstacle === null && sql.every(({ isWhole }) => !isWhole)
    const files = unlessLacking(() => touchedRows?.close() ?? null)
    return { diff, touched: isTold ? files : null }
  } finally {
    rowsFile?.close()
    databases.close()
  }
}

/** The SQL, as if it were proved. */
function write(path: string, parts: Parts): DatabaseDiff['sql'] {
  const written = writeSql(path, parts)
  return 'reason' in written ? written : { path, ...written, proof: 'touched' }
}

function factsOf(file: string, databases: Pair, which: 'before' | 'after'): FileFacts {
  const side = databases[which]
  return {
    bytes: statSync(file).size,
    pageSize: pragma(side, 'page_size'),
    encoding: side.encoding,
  }
}

function compareTable(
  pair: TablePair,
  databases: Pair,
  touched: Touched | null,
  others: readonly RowSink[],
): TableDiff {
  const { before, after } = sidesOf(pair, databases)
  const summary = summarize(pair, encodingsOf(pair, databases))
  const sink = others.length === 0 ? summary.sink : toAll([summary.sink, ...others])
  const rowsBefore = before === null ? 0 : countRows(before)
  const rowsAfter = after === null ? 0 : countRows(after)
  if (before !== null && after !== null) {
    const ranges = touched?.kind === 'ranges' ? touched.ranges : null
    const sameRowid = findCandidates(before, after, ranges)
    const candidates = sameRowid === null ? null : matchByKey(before, after, sameRowid)
    compareRows(before, after, candidates, sink)
    if (candidates !== null) {
      dropTable(databases.before.db, candidates.before)
      dropTable(databases.before.db, candidates.after)
    }
  } else {
    const limit = others.length === 0 ? SAMPLES : undefined
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
    how: touched?.kind === 'ranges' ? 'pages' : 'whole',
    reason: touched?.kind === 'whole' ? touched.reason : null,
  }
}

/** Where the rows of kept tables can differ, as far as pages are to say it. */
function findTouchedOf(
  pairs: readonly TablePair[],
  files: { readonly before: string; readonly after: string },
  databases: Pair,
  options: Pick<DiffOptions, 'engine' | 'report' | 'pages'>,
): ReadonlyMap<TablePair, Touched> {
  const found = new Map<TablePair, Touched>()
  if (options.engine === 'whole') return found
  const asked: { pair: TablePair; roots: { before: number; after: number } }[] = []
  for (const pair of pairs) {
    const { before, after } = pair
    if (before === null || after === null) continue
    const reason = findDoubt(before, after, databases)
    if (reason !== null) found.set(pair, { kind: 'whole', reason })
    else asked.push({ pair, roots: { before: before.rootPage, after: after.rootPage } })
  }
  const roots = asked.map((one) => one.roots)
  for (const [at, touched] of findTouched(files.before, files.after, roots, options).entries()) {
    const pair = asked[at]?.pair
    if (pair !== undefined) found.set(pair, touched)
  }
  return found
}

/** Why equal pages would not be equal rows; null: they would. */
function findDoubt(before: Table, after: Table, databases: Pair): string | null {
  if (!databases.isJoint) return 'the encoding changed'
  if (before.withoutRowid || after.withoutRowid) return 'it has no rowids'
  if (before.rowid === null || after.rowid === null) return 'columns have all names of the rowid'
  const columns = (table: Table): string =>
    table.declaration?.columns.map((column) => column.meaning).join('\n,\n') ?? table.meaning
  const names = (table: Table): string => table.columns.map(({ name }) => name).join('\n')
  const isSame = columns(before) === columns(after) && names(before) === names(after)
  return isSame && before.keyIsRowid === after.keyIsRowid ? null : 'its columns changed'
}

/** Texts of two encodings are compared, and told, as UTF-8. */
function encodingsOf(
  { isMixed }: TablePair,
  { before, after }: Pair,
): { before: Encoding; after: Encoding } {
  if (isMixed) return { before: 'UTF-8', after: 'UTF-8' }
  return { before: before.encoding, after: after.encoding }
}

/** Whether all its rows are copied into a new table, which rows that differ say nothing of. */
function isRebuilt(pair: TablePair): boolean {
  return pair.before !== null && needsNewTable(pair)
}

function toAll(sinks: readonly RowSink[]): RowSink {
  return {
    moved: () => sinks.forEach((sink) => sink.moved?.()),
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

/** Null where a schema uses what only its own program has: then rows that differ prove nothing. */
function unlessLacking<Result>(make: () => Result): Result | null {
  try {
    return make()
  } catch (error) {
    reasonOf(error)
    return null
  }
}

/** A damaged file is a failure of all; what only this SQLite lacks, of one table. */
function reasonOf(error: unknown): string {
  const { errcode, message } = error as { errcode?: number; message?: string }
  // https://www.sqlite.org/rescode.html: SQLITE_ERROR.
  if (errcode === undefined || (errcode & 0xff) !== 1) throw error
  return `SQLite cannot read it: ${message ?? 'unknown'}`
}
