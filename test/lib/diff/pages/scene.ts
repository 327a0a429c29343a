import { copyFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import * as assert from 'uvu/assert'
import { findTouched, type Touched } from '../../../../lib/diff/pages/find-touched.ts'
import type { RowidRange } from '../../../../lib/diff/pages/rowid-ranges.ts'

export interface Pair {
  readonly before: string
  readonly after: string
}

/** Runs SQL on a database, which is made where there is none. */
export function runSql(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(`PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; ${sql}`)
  } finally {
    database.close()
  }
}

/** A database, and a copy of it with changes. */
export function createPair(folder: string, sql: string, changes: string): Pair {
  const pair = {
    before: path.join(folder, 'before.sqlite'),
    after: path.join(folder, 'after.sqlite'),
  }
  runSql(pair.before, sql)
  copyFileSync(pair.before, pair.after)
  runSql(pair.after, changes)
  return pair
}

/** SQL that fills a table with rows 1 to `rows`; `value` and `key` may use `i`. */
export function fill(table: string, rows: number, value = `'row ' || i`, key = 'i'): string {
  return `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO ${table} SELECT ${key}, ${value} FROM n;`
}

/** What is found for each table that both have, by its name. */
export function compare({ before, after }: Pair): Record<string, Touched> {
  const [old, now] = [readRoots(before), readRoots(after)]
  const names = [...old.keys()].filter((name) => now.has(name))
  const roots = names.map((name) => ({ before: old.get(name) ?? 0, after: now.get(name) ?? 0 }))
  const touched = findTouched(before, after, roots)
  return Object.fromEntries(names.map((name, index) => [name, touched[index] as Touched]))
}

/** What is found for a table, which has to be ranges: as `first-last`. */
export function rangesOf(pair: Pair, table = 't'): string[] {
  const touched = compare(pair)[table]
  if (touched?.kind !== 'ranges') throw new Error(`${table}: ${touched?.reason ?? 'not in both'}`)
  return touched.ranges.map(({ first, last }) => `${first}-${last}`)
}

/** Why a table is to be compared whole. */
export function reasonOf(pair: Pair, table = 't'): string {
  const touched = compare(pair)[table]
  if (touched?.kind !== 'whole') throw new Error(`${table} is not whole`)
  return touched.reason
}

/**
 * Compares all rows of all tables with rowids that both have, and checks that asking both files for
 * the ranges alone gives the same differences, or the table is whole.
 *
 * @returns how many rowids differ, how many the ranges hold, and how many tables are whole
 */
export function assertCovered(pair: Pair): { differing: number; touched: number; whole: number } {
  const counts = { differing: 0, touched: 0, whole: 0 }
  for (const [table, touched] of Object.entries(compare(pair))) {
    if (touched.kind === 'whole') {
      counts.whole += 1
      continue
    }
    for (const [index, { first, last }] of touched.ranges.entries()) {
      const before = touched.ranges[index - 1]
      assert.ok(first <= last && (before === undefined || first > before.last), 'in order')
      counts.touched += Number(last - first) + 1
    }
    const differing = findDiffering(pair, table, [{ first: -(2n ** 63n), last: 2n ** 63n - 1n }])
    assert.equal(findDiffering(pair, table, touched.ranges), differing, `of table ${table}`)
    counts.differing += new Set(differing.map((row) => row.split('|')[0])).size
  }
  return counts
}

/** Rows that only one file has, of those with such rowids. */
function findDiffering(pair: Pair, table: string, ranges: readonly RowidRange[]): string[] {
  const [old, now] = [readRows(pair.before, table, ranges), readRows(pair.after, table, ranges)]
  return [...old.symmetricDifference(now)].toSorted()
}

/** Rowid and values of each row, as text. */
function readRows(file: string, table: string, ranges: readonly RowidRange[]): Set<string> {
  // A damaged index may have other values than the table.
  const sql = `SELECT rowid AS "row id", * FROM "${table}" NOT INDEXED WHERE rowid BETWEEN ? AND ?`
  return query(file, sql, (statement) => {
    const rows = ranges.flatMap(({ first, last }) => statement.all(first, last))
    return new Set(rows.map((row) => Object.values(row).map(describe).join('|')))
  })
}

function describe(value: SQLOutputValue | undefined): string {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  return `${typeof value}:${JSON.stringify(typeof value === 'bigint' ? String(value) : value)}`
}

/** Whether both have the same tables, which is the caller's to find out: the same bytes mean the same. */
export function hasSameSchema({ before, after }: Pair): boolean {
  const read = (file: string): string =>
    query(file, 'SELECT name, sql FROM sqlite_schema', (rows) => JSON.stringify(rows.all()))
  return read(before) === read(after)
}

/** Of tables with rowids. */
function readRoots(file: string): Map<string, number> {
  const sql = `SELECT name, rootpage FROM sqlite_schema
    WHERE type = 'table' AND rootpage > 0 AND sql NOT LIKE '%WITHOUT ROWID%'`
  return query(file, sql, (statement) => {
    const rows = statement.all()
    return new Map(rows.map(({ name, rootpage }) => [String(name), Number(rootpage)] as const))
  })
}

function query<Result>(
  file: string,
  sql: string,
  use: (statement: StatementSync) => Result,
): Result {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    return use(statement)
  } finally {
    database.close()
  }
}
