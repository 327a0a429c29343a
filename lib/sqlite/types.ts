/** What the first 100 bytes of a database say: https://www.sqlite.org/fileformat2.html#the_database_header */
export interface DatabaseHeader {
  /** Size of the file in bytes: page size × page count. */
  readonly bytes: number
  /** Bytes; a power of two from 512 to 65536. */
  readonly pageSize: number
  readonly pageCount: number
  /** Bytes at the end of each page that SQLite leaves alone. */
  readonly reservedBytes: number
  readonly encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be'
  /** Whether it was last written in WAL mode. */
  readonly wal: boolean
  readonly userVersion: number
  readonly applicationId: number
}

/** One row of sqlite_schema. */
export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger'
  readonly name: string
  /** The table that it belongs to. */
  readonly table: string
  /** Null for an index that SQLite made for a constraint. */
  readonly sql: string | null
}

export interface Column {
  readonly name: string
  /** As declared; may be empty. */
  readonly type: string
  readonly notNull: boolean
  /** The SQL of the default; null where there is none. */
  readonly defaultValue: string | null
  /** Place in the primary key, from 1; 0: not part of it. */
  readonly primaryKey: number
  readonly generated: boolean
}

export interface Table {
  readonly name: string
  /** Shadow tables hold the content of a virtual table. */
  readonly kind: 'table' | 'shadow' | 'virtual'
  /** Null for a virtual table, whose module would have to run, and where SQLite cannot count. */
  readonly rows: number | null
  /** Empty for a virtual table: only its module, which may not be here, knows them. */
  readonly columns: readonly Column[]
  readonly withoutRowid: boolean
  readonly strict: boolean
}

/** What is in a database. */
export interface DatabaseInspection extends Omit<DatabaseHeader, 'wal'> {
  /** Every object, in the order of creation. */
  readonly schema: readonly SchemaObject[]
  /** By name, SQLite's own `sqlite_…` tables left out. */
  readonly tables: readonly Table[]
}
