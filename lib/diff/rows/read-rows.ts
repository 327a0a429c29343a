import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { literal } from '../sql/literal.ts'
import type { TableSide } from './table-pair.ts'
import {
  asItIs,
  compareValues,
  kindOfNumber,
  readExactly,
  selectExactly,
  termCount,
  toUtf8,
  type Value,
} from './values.ts'

export interface Row {
  /** One for each column of the pair. */
  readonly values: readonly Value[]
  /** Null where the table has none, or none that can be named. */
  readonly rowid: bigint | null
}

/** Which rows, and in which order. */
export interface Wanted {
  /** A temporary table `r` of rowids; left out: all. */
  readonly only?: string | undefined
  /** A condition on `t`. */
  readonly where?: string | undefined
  readonly order: 'key' | 'content' | 'rowid' | 'none'
  readonly limit?: number | undefined
}

/**
 * Reads rows of a table in an order that `compareRows` knows. No index is used: a damaged one could
 * hide rows.
 *
 * @throws errors of node:sqlite, when the first row is asked for or later
 */
export function* readRows(source: TableSide, wanted: Wanted): Generator<Row> {
  const { pair, table, side } = source
  const columns = columnTerms(source)
  const recode = pair.isMixed ? toUtf8(side.encoding) : asItIs
  const rowid = table.rowid === null ? 'NULL' : `t.${quoteIdentifier(table.rowid)}`
  const from =
    wanted.only === undefined
      ? `${tableTerm(source)} AS t NOT INDEXED`
      : `temp.${wanted.only} AS o CROSS JOIN ${tableTerm(source)} AS t NOT INDEXED ON ${rowid} = o.r`
  const sql = [
    `SELECT ${[...selectExactly(columns), rowid].join(', ')} FROM ${from}`,
    wanted.where === undefined ? '' : `WHERE ${wanted.where}`,
    orderOf(source, wanted),
    wanted.limit === undefined ? '' : `LIMIT ${wanted.limit}`,
  ]
  const statement = side.db.prepare(sql.join(' '))
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const at = termCount(columns.length)
  for (const row of statement.iterate() as Iterable<unknown>) {
    const values = readExactly(row as unknown[], pair.columns.length, recode)
    yield { values, rowid: (row as unknown[])[at] as bigint | null }
  }
}

/** The columns of a pair as SQL on the table `alias`; what it lacks, as a literal. */
export function columnTerms({ pair, which }: TableSide, alias = 't'): string[] {
  return pair.columns.map((column) => {
    const own = column[which]
    return own === null ? literal(column.missing, 'UTF-8') : `${alias}.${quoteIdentifier(own.name)}`
  })
}

export function tableTerm({ side, table }: TableSide): string {
  return `${side.schema}.${quoteIdentifier(table.name)}`
}

/** Compares as the orders `key` and `rowid` sort. */
export function compareKeys(
  a: readonly Value[],
  b: readonly Value[],
  key: readonly number[],
): number {
  for (const at of key) {
    const order = compareValues(a[at] ?? null, b[at] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** Compares as the order `content` sorts, but for the rowid: 0 only for what is the same. */
export function compareContent(a: readonly Value[], b: readonly Value[]): number {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? null
    const order = compareValues(value, other) || kindOfNumber(value) - kindOfNumber(other)
    if (order !== 0) return order
  }
  return 0
}

function orderOf(source: TableSide, { order, only }: Wanted): string {
  const { pair, table, which } = source
  const terms = columnTerms(source)
  if (order === 'none') return ''
  if (order === 'rowid')
    return only === undefined ? `ORDER BY t.${quoteIdentifier(table.rowid ?? '')}` : 'ORDER BY o.r'
  const inOrder = (at: number): string[] => valueOrder(terms[at] ?? '', pair.isMixed)
  if (order === 'key') {
    const key = pair.key ?? []
    // What comes in order needs no sorter, which holds whole rows twice over.
    const first = pair.columns[key[0] ?? 0]?.[which]
    if (only !== undefined && first?.name === table.rowid) return 'ORDER BY o.r'
    return `ORDER BY ${key.flatMap(inOrder).join(', ')}`
  }
  const content = terms.flatMap((term, at) =>
    // What is the same for all rows orders nothing.
    pair.columns[at]?.[which] === null
      ? []
      : inOrder(at).concat(
          `CASE typeof(${term}) WHEN 'real' THEN 1 + (+${term} = 0.0 AND atan2(${term}, -1.0) < 0) ELSE 0 END`,
        ),
  )
  const rowid = table.rowid === null ? [] : [`t.${quoteIdentifier(table.rowid)}`]
  const all = [...content, ...rowid]
  return all.length === 0 ? '' : `ORDER BY ${all.join(', ')}`
}

function valueOrder(term: string, isMixed: boolean): string[] {
  if (!isMixed) return [`${term} COLLATE BINARY`]
  return [
    `CASE typeof(${term}) WHEN 'null' THEN 0 WHEN 'text' THEN 2 WHEN 'blob' THEN 3 ELSE 1 END`,
    `CASE typeof(${term}) WHEN 'text' THEN dm_utf8(CAST(${term} AS BLOB)) ELSE ${term} END`,
  ]
}
