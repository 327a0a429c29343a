import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import type { Column } from '../schema/read-schema.ts'
import { columnTerms, tableTerm } from './read-rows.ts'
import type { TableSide } from './table-pair.ts'
import { createRowidTable } from './temporary-table.ts'

/** Temporary tables of the rowids of rows that are not the same under the same rowid. */
export interface Candidates {
  readonly before: string
  readonly after: string
}

export interface Range {
  readonly first: bigint
  readonly last: bigint
}

/**
 * Leaves out, in SQL alone, the rows that are the same under the same rowid: whatever tells rows
 * apart, they have not changed. Null where rowids say nothing.
 *
 * @param ranges the only rowids where rows may differ; null: all of them
 * @throws errors of node:sqlite
 */
export function findCandidates(
  before: TableSide,
  after: TableSide,
  ranges: readonly Range[] | null,
): Candidates | null {
  const { db } = before.side
  if (db !== after.side.db || before.table.rowid === null || after.table.rowid === null) return null
  const found = { before: createRowidTable(db), after: createRowidTable(db) }
  const x = `x.${quoteIdentifier(before.table.rowid)}`
  const y = `y.${quoteIdentifier(after.table.rowid)}`
  const old = `${tableTerm(before)} AS x NOT INDEXED`
  const now = `${tableTerm(after)} AS y NOT INDEXED`
  const same = `${y} = ${x} AND ${sameRow(before, after)}`
  const withoutSame = `INSERT INTO temp.${found.before} SELECT ${x} FROM ${old} WHERE NOT EXISTS (SELECT 1 FROM ${now} WHERE ${same})`
  if (ranges !== null) {
    const fromBefore = db.prepare(`${withoutSame} AND ${x} BETWEEN ? AND ?`)
    const fromAfter = db.prepare(
      `INSERT INTO temp.${found.after} SELECT ${y} FROM ${now} WHERE NOT EXISTS (SELECT 1 FROM ${old} WHERE ${same}) AND ${y} BETWEEN ? AND ?`,
    )
    for (const { first, last } of ranges) {
      fromBefore.run(first, last)
      fromAfter.run(first, last)
    }
    return found
  }
  db.exec(withoutSame)
  db.exec(
    `INSERT INTO temp.${found.after} SELECT ${y} FROM temp.${found.before} AS o CROSS JOIN ${now} ON ${y} = o.r`,
  )
  const count = (sql: string): bigint => {
    const statement = db.prepare(`SELECT (${sql})`)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    return (statement.get() as unknown as bigint[])[0] ?? 0n
  }
  const paired =
    count(`SELECT count(*) FROM ${old}`) -
    count(`SELECT count(*) FROM temp.${found.before}`) +
    count(`SELECT count(*) FROM temp.${found.after}`)
  const added = count(`SELECT count(*) FROM ${now}`) - paired
  if (added === 0n) return found
  // New rows mostly stand behind all others.
  const behind = `${y} > coalesce((SELECT max(${x}) FROM ${old}), -9223372036854775808)`
  const areBehind = count(`SELECT count(*) FROM ${now} WHERE ${behind}`) === added
  const condition = areBehind ? behind : `NOT EXISTS (SELECT 1 FROM ${old} WHERE ${x} = ${y})`
  db.exec(`INSERT OR IGNORE INTO temp.${found.after} SELECT ${y} FROM ${now} WHERE ${condition}`)
  return found
}

/** Whether `x` and `y` have the same values in every column, by type and bytes. */
export function sameRow(before: TableSide, after: TableSide): string {
  const [old, now] = [columnTerms(before, 'x'), columnTerms(after, 'y')]
  const { columns } = before.pair
  const equal = old.map((x, at) => `+${x} IS +${now[at]} COLLATE BINARY`)
  const kinds = columns.flatMap((column, at) => sameKind(column, old[at] ?? '', now[at] ?? ''))
  return all([...equal, ...kinds])
}

/**
 * SQLite calls 1 and 1.0 equal, and 0.0 and -0.0. Asking a function for the type of each value would
 * take longer than all the rest: texts and blobs come behind '', and a whole number divided by the
 * largest gives 0.
 */
function sameKind(
  { before, after }: { before: Column | null; after: Column | null },
  x: string,
  y: string,
): string[] {
  if (isReal(before) && isReal(after)) return []
  const largest = '9223372036854775807'
  const byFunction = `(typeof(${x}) = typeof(${y}) AND (typeof(${x}) <> 'real' OR +${x} <> 0 OR (atan2(${x}, -1) < 0) = (atan2(${y}, -1) < 0)))`
  return [
    `CASE WHEN ${x} IS NULL THEN 1 WHEN +${x} >= '' THEN 1 WHEN (+${x} > 0 OR (+${x} < 0 AND +${x} > -9e18)) AND ${x} / ${largest} IS ${y} / ${largest} THEN 1 ELSE ${byFunction} END`,
  ]
}

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity: reading gives doubles. */
function isReal(column: Column | null): boolean {
  if (column === null) return false
  const type = column.type.toUpperCase()
  return !/INT|CHAR|CLOB|TEXT|BLOB/.test(type) && /REAL|FLOA|DOUB/.test(type)
}

/** Joined so that the expression is not as deep as it is long. */
function all(terms: readonly string[]): string {
  if (terms.length <= 2) return terms.length === 0 ? '1' : terms.join(' AND ')
  const middle = Math.ceil(terms.length / 2)
  return `(${all(terms.slice(0, middle))}) AND (${all(terms.slice(middle))})`
}
