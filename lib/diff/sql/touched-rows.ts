import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { type Pair, pragma, type Side } from '../open-databases.ts'
import type { RowSink } from '../rows/compare-rows.ts'
import type { Row } from '../rows/read-rows.ts'
import type { TablePair } from '../rows/table-pair.ts'
import { Text, type Value } from '../rows/values.ts'
import { isSequence, type Schema, type Table } from '../schema/read-schema.ts'
import { inMain } from './write-sql.ts'

/**
 * Two small databases with the schemas of the two that are compared, and of their rows only those that
 * differ: what the SQL makes of one of them proves that it says these rows exactly, and applies.
 *
 * They are filled with values, not with literals, so that a wrong literal is wrong in the SQL only.
 */
export class TouchedRows {
  readonly #before: string
  readonly #after: string
  readonly #sides: Record<'before' | 'after', { db: DatabaseSync; schema: Schema; side: Side }>
  #isFailed = false
  readonly #statements = new Map<string, StatementSync>()

  /** @throws errors of node:sqlite and of the file system */
  constructor(
    folder: string,
    schemas: { readonly before: Schema; readonly after: Schema },
    databases: Pair,
  ) {
    this.#before = path.join(folder, 'touched-before.sqlite')
    this.#after = path.join(folder, 'touched-after.sqlite')
    const make = (which: 'before' | 'after') => {
      const side = databases[which]
      const db = new DatabaseSync(which === 'before' ? this.#before : this.#after, {
        enableDoubleQuotedStringLiterals: true,
      })
      db.enableDefensive(false)
      db.exec(`PRAGMA encoding='${side.encoding}'; PRAGMA page_size=${pragma(side, 'page_size')};`)
      db.exec('PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=OFF; PRAGMA synchronous=OFF;')
      db.exec('PRAGMA journal_mode=MEMORY; BEGIN')
      for (const table of schemas[which].tables.filter(isMade)) {
        db.exec(inMain({ ...table, type: 'table', table: table.name }))
      }
      return { db, schema: schemas[which], side }
    }
    this.#sides = { before: make('before'), after: make('after') }
  }

  sink(pair: TablePair): RowSink {
    return {
      deleted: (row) => this.#add(pair, 'before', row),
      inserted: (row) => this.#add(pair, 'after', row),
      updated: (before, after) => {
        this.#add(pair, 'before', before)
        this.#add(pair, 'after', after)
      },
    }
  }

  /**
   * Adds what is no row of a table, and closes both.
   *
   * @returns their paths; null: some row could not be put in, so they prove nothing
   */
  close(): { before: string; after: string } | null {
    if (this.#isFailed) return null
    for (const { db, schema, side } of Object.values(this.#sides)) {
      copySequence(db, schema, side)
      for (const item of schema.others) db.exec(inMain(item))
      for (const name of ['user_version', 'application_id']) {
        db.exec(`PRAGMA ${name}=${pragma(side, name)}`)
      }
      db.exec('COMMIT')
      db.close()
    }
    return { before: this.#before, after: this.#after }
  }

  #add(pair: TablePair, which: 'before' | 'after', { values, rowid }: Row): void {
    const table = pair[which]
    if (table === null || isSequence(table.name)) return
    if (this.#isFailed) return
    const isText = values.map((value) => value instanceof Text)
    const hasRowid = rowid !== null && table.rowid !== null && !table.keyIsRowid
    const id = `${which} ${table.name}\n${isText.map(Number).join('')}`
    const given = values.map((value) => (value instanceof Text ? value.bytes : value))
    try {
      let statement = this.#statements.get(id)
      if (statement === undefined) {
        statement = this.#sides[which].db.prepare(insertionOf(pair, which, isText, hasRowid))
        this.#statements.set(id, statement)
      }
      statement.run(...(hasRowid ? [rowid, ...given] : given))
    } catch {
      this.#isFailed = true
    }
  }
}

/** Made by a statement of its own; what a virtual table keeps is made without it. */
function isMade({ kind }: Table): boolean {
  return kind === 'table' || kind === 'shadow'
}

function insertionOf(
  pair: TablePair,
  which: 'before' | 'after',
  isText: readonly boolean[],
  hasRowid: boolean,
): string {
  const table = pair[which]
  const columns = pair.columns.map((column) => quoteIdentifier(column[which]?.name ?? ''))
  const values = isText.map((is) => (is ? 'CAST(? AS TEXT)' : '?'))
  const names = hasRowid ? [quoteIdentifier(table?.rowid ?? ''), ...columns] : columns
  const all = hasRowid ? ['?', ...values] : values
  return `INSERT OR ABORT INTO main.${quoteIdentifier(table?.name ?? '')}(${names.join(',')}) VALUES(${all.join(',')})`
}

function copySequence(db: DatabaseSync, { tables }: Schema, side: Side): void {
  if (!tables.some(({ name }) => isSequence(name))) return
  db.exec('CREATE TABLE main.dm_sequence(n INTEGER PRIMARY KEY AUTOINCREMENT)')
  db.exec('DROP TABLE main.dm_sequence; DELETE FROM main.sqlite_sequence')
  const rows = side.db.prepare(`SELECT name, seq FROM ${side.schema}.sqlite_sequence`)
  rows.setReadBigInts(true)
  rows.setReturnArrays(true)
  const put = db.prepare('INSERT INTO main.sqlite_sequence(name, seq) VALUES (?, ?)')
  for (const row of rows.iterate() as Iterable<unknown>) {
    put.run(...(row as Exclude<Value, Text>[]))
  }
}
