import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { foldCase } from '../schema/tokens.ts'
import { type Candidates, sameRow } from './find-candidates.ts'
import { tableTerm } from './read-rows.ts'
import type { TableSide } from './table-pair.ts'
import { createRowidTable, dropTable } from './temporary-table.ts'

/** With fewer of them it is not worth it. */
const WORTH = 20

/**
 * Leaves out, in SQL alone, the rows that are the same under the same key though their rowids changed,
 * as all behind a gap do when a database is rebuilt.
 *
 * A damaged index can at most hide that rows are the same: what it leads to is read from the table.
 *
 * @throws errors of node:sqlite
 */
export function matchByKey(before: TableSide, after: TableSide, found: Candidates): Candidates {
  const { key, columns } = before.pair
  const { db } = before.side
  const count = (table: string): number =>
    Number(db.prepare(`SELECT count(*) AS n FROM temp.${table}`).get()?.['n'])
  if (key === null || !isIndexed(after, key)) return found
  if (Math.min(count(found.before), count(found.after)) < WORTH) return found
  const x = `x.${quoteIdentifier(before.table.rowid ?? '')}`
  const rowid = quoteIdentifier(after.table.rowid ?? '')
  const isKey = key.map((at) => {
    const name = (which: 'before' | 'after'): string =>
      quoteIdentifier(columns[at]?.[which]?.name ?? '')
    return `k.${name('after')} = x.${name('before')}`
  })
  const pairs = createRowidTable(db, 'a INTEGER')
  const matched = createRowidTable(db)
  db.exec(
    `INSERT OR IGNORE INTO temp.${pairs} SELECT ${x}, y.${rowid} FROM temp.${found.before} AS o
     CROSS JOIN ${tableTerm(before)} AS x NOT INDEXED ON ${x} = o.r
     CROSS JOIN ${tableTerm(after)} AS k ON ${isKey.join(' AND ')}
     CROSS JOIN ${tableTerm(after)} AS y NOT INDEXED ON y.${rowid} = k.${rowid}
     WHERE ${sameRow(before, after)}`,
  )
  db.exec(`INSERT OR IGNORE INTO temp.${matched} SELECT a FROM temp.${pairs}`)
  try {
    // In a damaged table a key can stand twice: then one row would be the same as two.
    if (count(pairs) !== count(matched)) return found
    const rest = { before: createRowidTable(db), after: createRowidTable(db) }
    for (const [to, from, without] of [
      [rest.before, found.before, pairs],
      [rest.after, found.after, matched],
    ] as const) {
      db.exec(
        `INSERT INTO temp.${to} SELECT r FROM temp.${from} AS o
         WHERE NOT EXISTS (SELECT 1 FROM temp.${without} AS w WHERE w.r = o.r)`,
      )
      dropTable(db, from)
    }
    return rest
  } finally {
    dropTable(db, pairs)
    dropTable(db, matched)
  }
}

/** Whether the table has an index for the key, which is not the rowid. */
function isIndexed({ table, pair }: TableSide, key: readonly number[]): boolean {
  const names = key.map((at) => foldCase(pair.columns[at]?.after?.name ?? ''))
  return (
    !table.keyIsRowid &&
    table.key.length === names.length &&
    table.key.every((name) => names.includes(foldCase(name)))
  )
}
