import { DatabaseSync } from 'node:sqlite'
import type { Pair } from '../open-databases.ts'
import { readRows } from '../rows/read-rows.ts'
import { type PairedColumn, sidesOf, type TablePair } from '../rows/table-pair.ts'
import { type Value, Text } from '../rows/values.ts'
import { literal } from '../sql/literal.ts'
import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import type { Column, Table } from './read-schema.ts'
import { foldCase, tokenize } from './tokens.ts'

/** Former names of columns, by their names now. */
export type ColumnNames = ReadonlyMap<string, string>

/** Two tables as one pair, columns matched by name, the key that tells rows apart chosen. */
export function pairTables(
  before: Table | null,
  after: Table | null,
  databases: Pair,
  renamed: ColumnNames = new Map(),
): TablePair {
  const isMixed = !databases.isJoint
  const stored = (table: Table | null): Column[] =>
    (table?.columns ?? []).filter((column) => !column.generated)
  const former = new Map(stored(before).map((column) => [foldCase(column.name), column]))
  const lead = after ?? before
  const columns: PairedColumn[] = stored(lead).map((column) => {
    if (after === null) return { name: column.name, before: column, after: null, missing: null }
    const name = renamed.get(column.name) ?? column.name
    const old = before === null ? null : (former.get(foldCase(name)) ?? null)
    const missing = before === null || old !== null ? null : defaultOf(column)
    return { name: column.name, before: old, after: column, missing }
  })
  const pair = { before, after, columns, key: null, isMixed }
  return { ...pair, key: chooseKey(pair, databases) }
}

/** The declared key, as long as it tells the rows of both tables apart. */
function chooseKey(pair: TablePair, databases: Pair): readonly number[] | null {
  const { before, after, columns } = pair
  const places = (table: Table, which: 'before' | 'after'): number[] | null => {
    const found = table.key.map((name) =>
      columns.findIndex((column) => column[which]?.name === name),
    )
    const other = which === 'before' ? 'after' : 'before'
    const isOnBoth =
      pair[other] === null || found.every((at) => at !== -1 && columns[at]?.[other] !== null)
    return found.length > 0 && !found.includes(-1) && isOnBoth ? found : null
  }
  const now = after === null ? null : places(after, 'after')
  const old = before === null ? null : places(before, 'before')
  if (before === null || after === null) return now ?? old
  if (now !== null && old !== null && sameSet(now, old)) return now
  const sides = sidesOf(pair, databases)
  if (now !== null && isUnique(sides.before, now)) return now
  return old !== null && isUnique(sides.after, old) ? old : null
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((at) => b.includes(at))
}

function isUnique(side: ReturnType<typeof sidesOf>['before'], key: readonly number[]): boolean {
  if (side === null) return true
  const names = key.map((at) => {
    const name = side.pair.columns[at]?.[side.which]?.name ?? ''
    return quoteIdentifier(name)
  })
  const known = names.map((name) => `t.${name} IS NOT NULL`).join(' AND ')
  const group = names.map((name) => `t.${name} COLLATE BINARY`).join(', ')
  const sql = `SELECT 1 FROM ${side.side.schema}.${quoteIdentifier(side.table.name)} AS t NOT INDEXED WHERE ${known} GROUP BY ${group} HAVING count(*) > 1 LIMIT 1`
  return side.side.db.prepare(sql).get() === undefined
}

/** What SQLite gives a column that is left out, where its default is a plain value; else NULL. */
export function defaultOf(column: Column): Value {
  if (column.defaultValue === null || !isPlain(column.defaultValue)) return null
  const db = new DatabaseSync(':memory:')
  try {
    db.exec(`CREATE TABLE t(c ${quoteIdentifier(column.type)} DEFAULT ${column.defaultValue})`)
    db.exec('INSERT INTO t DEFAULT VALUES')
    const statement = db.prepare('SELECT typeof(c), CAST(c AS BLOB), c FROM t')
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const [type, bytes, value] = statement.get() as unknown as [string, Uint8Array, Value]
    return type === 'text' ? new Text(bytes) : value
  } catch {
    return null
  } finally {
    db.close()
  }
}

/** A number, a text, a blob or a word for one: nothing that could do anything. */
function isPlain(sql: string): boolean {
  const tokens = tokenize(sql).filter(({ text }) => !['(', ')', '+', '-'].includes(text))
  const [token] = tokens
  if (token === undefined || tokens.length > 1) return false
  if (token.kind === 'word') return /^(?:null|true|false)$/i.test(token.text)
  return token.kind === 'text' || token.kind === 'number'
}

/** Rows of a table as texts that are the same for the same values, for comparing some of them. */
export function sampleRows(
  pair: TablePair,
  databases: Pair,
  which: 'before' | 'after',
  limit: number,
): string[][] {
  const side = sidesOf(pair, databases)[which]
  if (side === null) return []
  return Array.from(readRows(side, { order: 'none', limit }), ({ values }) =>
    values.map((value) => literal(value, pair.isMixed ? 'UTF-8' : side.side.encoding)),
  )
}
