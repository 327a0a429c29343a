import type { Pair, Side } from '../open-databases.ts'
import type { Column, Table } from '../schema/read-schema.ts'
import type { Value } from './values.ts'

/** Two tables whose rows are compared, or one that the other database has not. */
export interface TablePair {
  readonly before: Table | null
  readonly after: Table | null
  /** The columns whose values are compared; of a kept table, those that it has now. */
  readonly columns: readonly PairedColumn[]
  /** The columns that tell rows apart, by their places in `columns`; null: the rowid, or the whole row. */
  readonly key: readonly number[] | null
  /** Whether the databases have two encodings: then texts are compared as UTF-8. */
  readonly isMixed: boolean
}

export interface PairedColumn {
  readonly name: string
  readonly before: Column | null
  readonly after: Column | null
  /** What rows have where the column was not there: its default. */
  readonly missing: Value
}

/** A table of one database, as the columns of a pair see it. */
export interface TableSide {
  readonly side: Side
  readonly table: Table
  readonly pair: TablePair
  readonly which: 'before' | 'after'
}

export function sidesOf(
  pair: TablePair,
  databases: Pair,
): { before: TableSide | null; after: TableSide | null } {
  const of = (which: 'before' | 'after'): TableSide | null => {
    const table = pair[which]
    return table === null ? null : { side: databases[which], table, pair, which }
  }
  return { before: of('before'), after: of('after') }
}

/** What a table is called now; of one that is removed, what it was called. */
export function nameOf({ before, after }: TablePair): string {
  return (after ?? before)?.name ?? ''
}
