import { copyFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import * as assert from 'uvu/assert'
import { findTouched, type Touched } from '../../../../lib/diff/pages/find-touched.ts'

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
 * Compares all rows of all tables with rowids that both have, and checks that each that differs is
 * in a range, or its table whole.
 *
 * @returns how many rows differ, and how many rowids the ranges hold
 */
export function assertCovered(pair: Pair): { differing: number; touched: number; whole: number } {
  const counts = { differing: 0, touched: 0, whole: 0 }
  for (const [table, touched] of Object.entries(compare(pair))) {
    const differing = findDiffering(pair, table)
    counts.differing += differing.length
    if (touched.kind === 'whole') {
      counts.whole += 1
      continue
    }
    let end: bigint | undefined
    for (const { first, last } of touched.ranges) {
      assert.ok(first <= last && (end === undefined || first > end), 'ranges are in order')
      counts.touched += Number(last - first) + 1
      end = last
    }
    for (const rowid of differing) {
      const isIn = touched.ranges.some(({ first, last }) => first <= rowid && rowid <= last)
      assert.ok(isIn, `row ${rowid} of ${table} differs, and is in no range`)
    }
  }
  return counts
}

/** Rowids of rows that only one has, or with other values. */
function findDiffering({ before, after }: Pair, table: string): bigint[] {
  const [old, now] = [readRows(before, table), readRows(after, table)]
  return [...new Set([...old.keys(), ...now.keys()])].filter((id) => old.get(id) !== now.get(id))
}

function readRows(file: string, table: string): Map<bigint, string> {
  return query(file, `SELECT rowid AS "row id", * FROM "${table}"`, (rows) => {
    const found = new Map<bigint, string>()
    for (const { 'row id': rowid, ...values } of rows) {
      found.set(rowid as bigint, Object.values(values).map(describe).join('|'))
    }
    return found
  })
}

function describe(value: SQLOutputValue | undefined): string {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  return `${typeof value}:${JSON.stringify(typeof value === 'bigint' ? String(value) : value)}`
}

/** Of tables with rowids. */
function readRoots(file: string): Map<string, number> {
  const sql = `SELECT name, rootpage FROM sqlite_schema
    WHERE type = 'table' AND rootpage > 0 AND sql NOT LIKE '%WITHOUT ROWID%'`
  return query(
    file,
    sql,
    (rows) =>
      new Map([...rows].map(({ name, rootpage }) => [String(name), Number(rootpage)] as const)),
  )
}

function query<Result>(
  file: string,
  sql: string,
  use: (rows: Iterable<Record<string, SQLOutputValue>>) => Result,
): Result {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    return use(statement.iterate() as Iterable<Record<string, SQLOutputValue>>)
  } finally {
    database.close()
  }
}
