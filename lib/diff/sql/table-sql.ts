import path from 'node:path'
import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import type { Encoding, Pair } from '../open-databases.ts'
import type { RowSink } from '../rows/compare-rows.ts'
import { readRows, type Row } from '../rows/read-rows.ts'
import { nameOf, sidesOf, type TablePair } from '../rows/table-pair.ts'
import type { Value } from '../rows/values.ts'
import { isSequence } from '../schema/read-schema.ts'
import { SpoolFile } from '../spool-file.ts'
import { leastBytes, literal } from './literal.ts'

/** The longest statement in characters; SQLite takes 1,000,000,000 bytes, and a string less. Values that alone have as many bytes are not tried. */
const LONGEST = 250_000_000

/** Whether a table becomes another one, its rows copied. */
export function needsNewTable({ before, after }: TablePair): boolean {
  return before === null || (after !== null && before.meaning !== after.meaning)
}

/**
 * The SQL for the rows of one table: deletions, and insertions of whole new rows. All deletions of all
 * tables come first, so that no swap of keys or of unique values can collide.
 */
export class TableSql {
  readonly pair: TablePair
  readonly deletions: SpoolFile
  readonly insertions: SpoolFile
  /** Whether there is anything to do. */
  isChanged = false
  /** Why there can be no SQL; null: there can. */
  obstacle: string | null = null
  /** Whether rows keep their rowids: where these are all that tells them apart. */
  keepsRowids: boolean
  /** Whether some row could not be named, so that all of them are written anew. */
  isWhole = false
  readonly #encoding: Encoding
  readonly #columns: string

  /** @throws errors of the file system */
  constructor(pair: TablePair, folder: string, number: number, encoding: Encoding) {
    this.pair = pair
    this.deletions = new SpoolFile(path.join(folder, `${number}-deletions.sql`))
    this.insertions = new SpoolFile(path.join(folder, `${number}-insertions.sql`))
    const hasRowid = [pair.before, pair.after].every(
      (table) => table === null || table.rowid !== null,
    )
    this.keepsRowids = pair.key === null && hasRowid
    this.#encoding = encoding
    this.#columns = pair.columns
      .flatMap(({ after }) => (after === null ? [] : [quoteIdentifier(after.name)]))
      .join(',')
  }

  sink(): RowSink {
    return {
      moved: () => (this.keepsRowids = false),
      deleted: (row) => this.#delete(row),
      inserted: (row) => this.#insert(row),
      updated: (before, after) => {
        this.#delete(before)
        this.#insert(after)
      },
    }
  }

  /**
   * Ends the files; where a row had no name, all rows are read again.
   *
   * @throws errors of node:sqlite and of the file system
   */
  finish(databases: Pair): void {
    if (this.isWhole && this.pair.after !== null && this.pair.before !== null) {
      this.deletions.restart()
      this.insertions.restart()
      this.deletions.write(`DELETE FROM main.${quoteIdentifier(this.pair.before.name)};\n`)
      const { after } = sidesOf(this.pair, databases)
      if (after !== null) for (const row of readRows(after, { order: 'none' })) this.#insert(row)
    }
    this.deletions.close()
    this.insertions.close()
  }

  /** The columns, and the rowid where it is kept. */
  columnList(which: 'before' | 'after'): string[] {
    const { pair } = this
    const rowid = this.keepsRowids ? pair[which]?.rowid : null
    const names = pair.columns.map((column) => {
      const own = column[which]
      return own === null ? literal(column.missing, this.#encoding) : quoteIdentifier(own.name)
    })
    return rowid === null || rowid === undefined ? names : [quoteIdentifier(rowid), ...names]
  }

  #delete(row: Row): void {
    const { before } = this.pair
    if (before === null) return
    this.isChanged = true
    const condition = this.#conditionOf(row)
    if (this.obstacle !== null) return
    if (condition === null) this.isWhole = true
    else {
      this.#write(
        this.deletions,
        `DELETE FROM main.${quoteIdentifier(before.name)} WHERE `,
        condition,
        ';\n',
      )
    }
  }

  #insert(row: Row): void {
    const { after } = this.pair
    if (after === null) return
    this.isChanged = true
    if (this.#isTooLong(row.values)) return
    const values = row.values.map((value) => literal(value, this.#encoding))
    const [names, all] =
      this.keepsRowids && row.rowid !== null
        ? [`${quoteIdentifier(after.rowid ?? '')},${this.#columns}`, [String(row.rowid), ...values]]
        : [this.#columns, values]
    // Said so, ABORT goes before any ON CONFLICT clause of the table.
    this.#write(
      this.insertions,
      `INSERT OR ABORT INTO main.${quoteIdentifier(after.name)}(${names}) VALUES(`,
      ...all.flatMap((value, at) => (at === 0 ? [value] : [',', value])),
      ');\n',
    )
  }

  /** What is true for this row alone in the old database; null: nothing that can be said. */
  #conditionOf({ values, rowid }: Row): string | null {
    const { key, columns, before } = this.pair
    if (key !== null && key.every((at) => values[at] !== null)) {
      if (this.#isTooLong(key.map((at) => values[at] ?? null))) return null
      const isDeclared = key.length === before?.key.length && !isSequence(before.name)
      const terms = key.map((at) => {
        const column = columns[at]?.before ?? null
        if (column === null) return null
        const value = literal(values[at] ?? null, this.#encoding)
        const collation = isDeclared && before.key.includes(column.name) ? '' : ' COLLATE BINARY'
        return `${quoteIdentifier(column.name)} = ${value}${collation}`
      })
      if (!terms.includes(null)) return terms.join(' AND ')
    }
    if (rowid === null || before === null || before.rowid === null) return null
    return `${quoteIdentifier(before.rowid)} = ${rowid}`
  }

  /** Whether no statement can hold them, before a literal is made; then, or already, there is no SQL. */
  #isTooLong(values: readonly Value[]): boolean {
    if (leastBytes(values, this.#encoding) > LONGEST) this.#refuse()
    return this.obstacle !== null
  }

  #refuse(): void {
    this.obstacle = `a row of '${nameOf(this.pair)}' is too long for one statement`
  }

  /** In its parts: those of a long one are not put together. */
  #write(file: SpoolFile, ...statement: readonly string[]): void {
    if (statement.reduce((sum, part) => sum + part.length, 0) > LONGEST) this.#refuse()
    else for (const part of statement) file.write(part)
  }
}
