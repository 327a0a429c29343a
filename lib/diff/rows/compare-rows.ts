import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import type { Candidates } from './find-candidates.ts'
import { compareContent, compareKeys, readRows, type Row, type Wanted } from './read-rows.ts'
import type { TableSide } from './table-pair.ts'
import { createRowidTable, dropTable } from './temporary-table.ts'
import { areSame } from './values.ts'

/** What is told of the rows that differ. */
export interface RowSink {
  /** Told before any row: rows without key are the same under other rowids. */
  readonly moved?: () => void
  readonly deleted: (row: Row) => void
  readonly inserted: (row: Row) => void
  readonly updated: (before: Row, after: Row) => void
}

/**
 * Compares the rows of two tables exactly, in memory that does not grow with them: by the key, in its
 * order; rows without a key, or with NULL in it, as a whole, whatever their rowids, and what then
 * remains by rowid.
 *
 * @param candidates the only rows that may differ; null: all
 * @throws errors of node:sqlite
 */
export function compareRows(
  before: TableSide,
  after: TableSide,
  candidates: Candidates | null,
  sink: RowSink,
): void {
  const only = { before: candidates?.before, after: candidates?.after }
  const { key } = before.pair
  if (key === null) {
    compareWithoutKey({ before, after, only, where: {} }, sink)
    return
  }
  const isNullable = canBeNull(before) || canBeNull(after)
  const where = isNullable
    ? { before: keyCondition(before, 'known'), after: keyCondition(after, 'known') }
    : {}
  compareByKey({ before, after, only, where }, key, sink)
  if (!isNullable) return
  const unknown = { before: keyCondition(before, 'unknown'), after: keyCondition(after, 'unknown') }
  compareWithoutKey({ before, after, only, where: unknown }, sink)
}

/** Some rows of two tables. */
interface Part {
  readonly before: TableSide
  readonly after: TableSide
  readonly only: { readonly before: string | undefined; readonly after: string | undefined }
  readonly where: { readonly before?: string; readonly after?: string }
}

function canBeNull({ table }: TableSide): boolean {
  if (table.withoutRowid || table.keyIsRowid) return false
  return true
}

/** Whether the whole key of a row is known; NULL is not equal to NULL in a key. */
function keyCondition({ pair, which }: TableSide, wanted: 'known' | 'unknown'): string {
  const terms = (pair.key ?? []).map((at) => {
    const name = pair.columns[at]?.[which]?.name ?? ''
    return `t.${quoteIdentifier(name)} IS ${wanted === 'known' ? 'NOT NULL' : 'NULL'}`
  })
  return `(${terms.join(wanted === 'known' ? ' AND ' : ' OR ')})`
}

function rowsOf(part: Part, which: 'before' | 'after', order: Wanted['order']): Stream {
  return new Stream(
    readRows(part[which], { only: part.only[which], where: part.where[which], order }),
  )
}

function compareByKey(part: Part, key: readonly number[], sink: RowSink): void {
  const old = rowsOf(part, 'before', 'key')
  const now = rowsOf(part, 'after', 'key')
  try {
    while (old.row !== null || now.row !== null) {
      const order = compareNext(old.row, now.row, (a, b) => compareKeys(a.values, b.values, key))
      if (order < 0) sink.deleted(old.take())
      else if (order > 0) sink.inserted(now.take())
      else comparePair(takeKey(old, key), takeKey(now, key), sink)
    }
  } finally {
    old.end()
    now.end()
  }
}

/** The rows with the next key: one, but for a damaged file, where a key may stand twice. */
function takeKey(rows: Stream, key: readonly number[]): Row[] {
  const first = rows.take()
  const found = [first]
  while (rows.row !== null && compareKeys(rows.row.values, first.values, key) === 0) {
    found.push(rows.take())
  }
  return found
}

function comparePair(old: Row[], now: Row[], sink: RowSink): void {
  const [before, after] = [old[0], now[0]]
  if (old.length === 1 && now.length === 1 && before !== undefined && after !== undefined) {
    if (!areSame(before.values, after.values)) sink.updated(before, after)
    return
  }
  for (const row of old) {
    const at = now.findIndex((other) => areSame(row.values, other.values))
    if (at === -1) sink.deleted(row)
    else now.splice(at, 1)
  }
  for (const row of now) sink.inserted(row)
}

function compareWithoutKey(part: Part, sink: RowSink): void {
  const { before, after } = part
  const areNamed = before.table.rowid !== null && after.table.rowid !== null
  if (!areNamed) {
    cancelSame(part, sink.deleted, sink.inserted)
    return
  }
  const rest = { before: createRowidTable(before.side.db), after: createRowidTable(after.side.db) }
  const keep = (side: TableSide, table: string): ((row: Row) => void) => {
    const statement = side.side.db.prepare(`INSERT OR IGNORE INTO temp.${table} VALUES (?)`)
    return ({ rowid }) => statement.run(rowid)
  }
  const { haveMoved } = cancelSame(part, keep(before, rest.before), keep(after, rest.after))
  if (haveMoved) sink.moved?.()
  compareByRowid({ before, after, only: rest, where: {} }, sink)
  dropTable(before.side.db, rest.before)
  dropTable(after.side.db, rest.after)
}

/** Takes away what is on both sides, as often as it is, and tells the rest. */
function cancelSame(
  part: Part,
  deleted: (row: Row) => void,
  inserted: (row: Row) => void,
): { haveMoved: boolean } {
  let haveMoved = false
  const old = rowsOf(part, 'before', 'content')
  const now = rowsOf(part, 'after', 'content')
  try {
    while (old.row !== null || now.row !== null) {
      const order = compareNext(old.row, now.row, (a, b) => compareContent(a.values, b.values))
      if (order < 0) deleted(old.take())
      else if (order > 0) inserted(now.take())
      else if (old.take().rowid !== now.take().rowid) haveMoved = true
    }
  } finally {
    old.end()
    now.end()
  }
  return { haveMoved }
}

/** Rows of a table without key are the same row, changed, under the same rowid. */
function compareByRowid(part: Part, sink: RowSink): void {
  const old = rowsOf(part, 'before', 'rowid')
  const now = rowsOf(part, 'after', 'rowid')
  try {
    while (old.row !== null || now.row !== null) {
      const order = compareNext(old.row, now.row, (a, b) => {
        const [x, y] = [a.rowid ?? 0n, b.rowid ?? 0n]
        return x < y ? -1 : x > y ? 1 : 0
      })
      if (order < 0) sink.deleted(old.take())
      else if (order > 0) sink.inserted(now.take())
      else sink.updated(old.take(), now.take())
    }
  } finally {
    old.end()
    now.end()
  }
}

/** Which of two rows comes first; one that is not there comes last. */
function compareNext(
  old: Row | null,
  now: Row | null,
  compare: (a: Row, b: Row) => number,
): number {
  if (old === null) return 1
  return now === null ? -1 : compare(old, now)
}

/** Rows one at a time, the next one in view. */
class Stream {
  row: Row | null
  readonly #rows: Iterator<Row>

  constructor(rows: Iterator<Row>) {
    this.#rows = rows
    this.row = null
    this.#advance()
  }

  take(): Row {
    const { row } = this
    if (row === null) throw new Error('there is no row left')
    this.#advance()
    return row
  }

  end(): void {
    this.#rows.return?.()
  }

  #advance(): void {
    const next = this.#rows.next()
    this.row = next.done === true ? null : next.value
  }
}
