import type { ComparedPages } from './pages/compare-pages.ts'
import type { Progress } from './run-in-worker.ts'

/** How two databases differ. Plain JSON throughout: a worker thread sends it. */
export interface DatabaseDiff {
  readonly before: FileFacts
  readonly after: FileFacts
  readonly schema: readonly SchemaChange[]
  /** Every table of either database that rows can be compared of, changed or not, by name. */
  readonly tables: readonly TableDiff[]
  /** What was not compared, and so is not known to be the same. */
  readonly uncompared: readonly Uncompared[]
  /** The SQL that turns one into the other, or why there is none; null: nobody asked for it. */
  readonly sql: WrittenSql | NoSql | null
}

export interface FileFacts {
  readonly bytes: number
  readonly pageSize: number
  readonly encoding: string
}

/** What a schema can be different in. `pragma`: `user_version`, `application_id`, `encoding`, `page_size`. */
export type SchemaObject = 'table' | 'column' | 'index' | 'view' | 'trigger' | 'pragma'

export interface SchemaChange {
  readonly change: 'added' | 'removed' | 'changed' | 'renamed'
  readonly object: SchemaObject
  /** As it is called now; of what is removed, as it was called. */
  readonly name: string
  /** As it was called, where that is another name. */
  readonly formerName: string | null
  /** Of a column, index or trigger: its table, as it is called now. */
  readonly table: string | null
  /** The declaration, or the value of a pragma; null: there was, or is, none. */
  readonly before: string | null
  readonly after: string | null
}

/** Whether it is no content: how the file is laid out. */
export function isLayout({ object, name }: Pick<SchemaChange, 'object' | 'name'>): boolean {
  return object === 'pragma' && name === 'page_size'
}

export interface TableDiff {
  /** As it is called now; of a table that is removed, as it was called. */
  readonly name: string
  readonly formerName: string | null
  readonly state: 'kept' | 'added' | 'removed'
  /** The columns that tell rows apart, as they are called now; null: the rowid, or the whole row. */
  readonly key: readonly string[] | null
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  /** `pages`: only where the files differ was looked at; `whole`: at every row. */
  readonly how: 'pages' | 'whole'
  /** Why at every row, where that was not the first choice. */
  readonly reason: string | null
  /** The columns that updated rows differ in, most rows first. */
  readonly columns: readonly ColumnChange[]
  /** Some of the rows, in key order. */
  readonly vanished: readonly RowSample[]
  readonly appeared: readonly RowSample[]
  readonly changed: readonly ChangeSample[]
}

export interface ColumnChange {
  readonly name: string
  /** In how many updated rows it differs. */
  readonly rows: number
  /** In how many of them by no more than what floating-point arithmetic makes of the same numbers. */
  readonly noise: number
  /** The largest relative changes of numbers, largest first; noise left out. */
  readonly largest: readonly NumberChange[]
}

export interface NumberChange {
  readonly key: readonly Cell[]
  readonly before: number
  readonly after: number
}

/** A value as an SQL literal, as exact as there is room; hostile until it is escaped for where it goes. */
export interface Cell {
  readonly literal: string
  /** Whether that is only its beginning. */
  readonly isCut: boolean
}

export interface RowSample {
  readonly key: readonly Cell[]
  readonly values: readonly { readonly column: string; readonly cell: Cell }[]
}

export interface ChangeSample {
  readonly key: readonly Cell[]
  readonly values: readonly {
    readonly column: string
    readonly before: Cell
    readonly after: Cell
  }[]
}

export interface Uncompared {
  /** A table, or what else it is. */
  readonly name: string
  readonly reason: string
}

export interface WrittenSql {
  readonly path: string
  readonly bytes: number
  /** Statements of rows and of the schema, one a line or more. */
  readonly lines: number
  /** `applied`: to a copy, which then was compared whole; `touched`: what was touched, and the counts. */
  readonly proof: 'applied' | 'touched'
}

export interface NoSql {
  readonly reason: string
  /** It was written, and did not pass here; elsewhere, with another sqlite3, it may. */
  readonly isUnproved?: true
}

/** How many rows of each kind are kept as samples of a table. */
export const SAMPLES = 20

export interface DiffOptions {
  /** A folder for what it needs on the way; what it puts there, it removes. */
  readonly scratch: string
  /** Of the run: says where the sqlite3 command is that the proof of the SQL needs. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Where the SQL goes; left out: none is wanted. */
  readonly sqlFile?: string
  /** Whether the SQL is proved on a copy also where that takes long; below 200 MiB it always is. */
  readonly prove?: boolean
  /** What was found when the same two files were compared page by page; left out: that is done. */
  readonly pages?: ComparedPages | undefined
  /** `whole`: no page is compared; for proofs and tests. */
  readonly engine?: 'pages' | 'whole'
  /** Where all rows that differ go, one JSON object a line; left out: nowhere. */
  readonly rowsFile?: string
  readonly signal?: AbortSignal | undefined
  readonly report?: ((progress: Progress) => void) | undefined
}
