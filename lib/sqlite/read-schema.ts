import { runSqlite, type SqliteOptions } from './run-sqlite.ts'
import type { DatabaseHeader } from './verify-header.ts'

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

type Encoding = DatabaseHeader['encoding']

/** Turns a field that was printed in hex into text. */
type Decode = (hex: string) => string

/** A table before its rows are counted. */
export type TableDefinition = Omit<Table, 'rows'>

// Every text is printed in hex, so that whatever stands in a name cannot be taken for a separator;
// its bytes are those of the database's encoding.
const objects = `
  SELECT 'object', type, hex(CAST(name AS BLOB)), hex(CAST(tbl_name AS BLOB)),
         CASE WHEN sql IS NULL THEN '-' ELSE hex(CAST(sql AS BLOB)) END
  FROM main.sqlite_schema ORDER BY rowid;`

// Without `temp.`, a table of the database's own that is called pragma_table_list would be read
// instead; nothing in the file can make one in `temp`.
const tables = `
  SELECT 'table', type, hex(CAST(name AS BLOB)), wr, strict
  FROM temp.pragma_table_list
  WHERE schema = 'main' AND type <> 'view' AND substr(name, 1, 7) <> 'sqlite_';`

const columns = `
  SELECT 'column', hex(CAST(l.name AS BLOB)), hex(CAST(c.name AS BLOB)),
         hex(CAST(c.type AS BLOB)), c."notnull",
         CASE WHEN c.dflt_value IS NULL THEN '-' ELSE hex(CAST(c.dflt_value AS BLOB)) END,
         c.pk, c.hidden
  FROM temp.pragma_table_list AS l, temp.pragma_table_xinfo(l.name, 'main') AS c
  WHERE l.schema = 'main' AND l.type NOT IN ('view', 'virtual') ORDER BY l.name, c.cid;`

/**
 * The objects and the tables of a database, without reading any row.
 *
 * @throws as `runSqlite`
 */
export async function readSchema(
  file: string,
  encoding: Encoding,
  options: SqliteOptions,
): Promise<{ schema: SchemaObject[]; tables: TableDefinition[] }> {
  const output = await runSqlite(file, [objects, tables, columns], options)
  const rows = Map.groupBy(
    output.split('\n').map((line) => line.split('|')),
    ([kind]) => kind,
  )
  const decode: Decode = (hex) => decodeHex(hex, encoding)
  const columnsOf = Map.groupBy(rows.get('column') ?? [], ([, table]) => table)
  return {
    schema: (rows.get('object') ?? []).map((row) => toObject(row, decode)),
    tables: (rows.get('table') ?? [])
      .map((row) => toTable(row, columnsOf.get(row[2]) ?? [], decode))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function toObject(row: string[], decode: Decode): SchemaObject {
  const [, type = '', name = '', table = '', sql = ''] = row
  return {
    type: type as SchemaObject['type'],
    name: decode(name),
    table: decode(table),
    sql: sql === '-' ? null : decode(sql),
  }
}

function toTable(row: string[], columnRows: string[][], decode: Decode): TableDefinition {
  const [, kind = '', name = '', withoutRowid, strict] = row
  return {
    name: decode(name),
    kind: kind as TableDefinition['kind'],
    columns: columnRows.map((column) => toColumn(column, decode)),
    withoutRowid: withoutRowid === '1',
    strict: strict === '1',
  }
}

function toColumn(row: string[], decode: Decode): Column {
  const [, , name = '', type = '', notNull, defaultValue = '', primaryKey, hidden] = row
  return {
    name: decode(name),
    type: decode(type),
    notNull: notNull === '1',
    defaultValue: defaultValue === '-' ? null : decode(defaultValue),
    primaryKey: Number(primaryKey),
    // https://www.sqlite.org/pragma.html#pragma_table_xinfo: 2 and 3 are generated columns.
    generated: hidden === '2' || hidden === '3',
  }
}

function decodeHex(hex: string, encoding: Encoding): string {
  const bytes = Buffer.from(hex, 'hex')
  if (encoding === 'UTF-8') return bytes.toString('utf8')
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return (encoding === 'UTF-16be' ? even.swap16() : even).toString('utf16le')
}
