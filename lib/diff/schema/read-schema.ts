import type { SQLOutputValue } from 'node:sqlite'
import type { Side } from '../open-databases.ts'
import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { parseTable, type TableDeclaration } from './table-declaration.ts'
import { meaning, tokenize } from './tokens.ts'

export interface Schema {
  readonly tables: readonly Table[]
  /** Indexes that somebody made, views and triggers, in the order they were made in. */
  readonly others: readonly SchemaItem[]
}

export interface SchemaItem {
  /** `table`: a virtual one. */
  readonly type: 'index' | 'view' | 'trigger' | 'table'
  readonly name: string
  readonly table: string
  readonly sql: string
}

export interface Table {
  readonly name: string
  /** `internal`: SQLite's own. Shadow tables hold the content of a virtual table. */
  readonly kind: 'table' | 'shadow' | 'virtual' | 'internal'
  readonly rootPage: number
  readonly sql: string
  readonly columns: readonly Column[]
  /** The names of the columns of the primary key, in its order. */
  readonly key: readonly string[]
  /** The declaration in its parts, where each column has one. */
  readonly declaration: TableDeclaration | null
  /** What it means, but for its name; its columns are called what they are called, in their case, too. */
  readonly meaning: string
  readonly withoutRowid: boolean
  /** What to call the rowid by; null: there is none, or columns took all of its names. */
  readonly rowid: string | null
  /** Whether the key is the rowid. */
  readonly keyIsRowid: boolean
}

export interface Column {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  /** SQL; null: none. */
  readonly defaultValue: string | null
  readonly generated: boolean
}

/** Names that reach the rowid where no column has them: https://www.sqlite.org/rowidtable.html */
const rowidNames = ['rowid', '_rowid_', 'oid']

type Values = Record<string, SQLOutputValue>

/** @throws errors of node:sqlite */
export function readSchema(side: Side): Schema {
  const { db, schema } = side
  const items = db
    .prepare(
      `SELECT type, name, tbl_name, rootpage, sql FROM ${schema}.sqlite_schema ORDER BY rowid`,
    )
    .all()
  const listed = new Map(
    db
      .prepare(`PRAGMA ${schema}.table_list`)
      .all()
      .filter((row) => row['schema'] === schema)
      .map((row) => [row['name'], row]),
  )
  return {
    tables: items
      .filter((item) => item['type'] === 'table')
      .map((item) => readTable(side, item, listed.get(item['name']))),
    others: items
      .filter((item) => item['type'] !== 'table' && typeof item['sql'] === 'string')
      .map((item) => ({
        type: item['type'] as SchemaItem['type'],
        name: textOf(item['name']),
        table: textOf(item['tbl_name']),
        sql: textOf(item['sql']),
      })),
  }
}

function readTable(side: Side, item: Values, listed: Values | undefined): Table {
  const name = textOf(item['name'])
  const sql = textOf(item['sql'])
  const kind = kindOf(name, sql, listed)
  const rows = kind === 'virtual' ? [] : describe(side, 'table_xinfo', name)
  const columns = rows.map((row) => ({
    name: textOf(row['name']),
    type: textOf(row['type']),
    notNull: row['notnull'] === 1,
    defaultValue: row['dflt_value'] === null ? null : textOf(row['dflt_value']),
    // https://www.sqlite.org/pragma.html#pragma_table_xinfo: 2 and 3 are generated columns.
    generated: row['hidden'] === 2 || row['hidden'] === 3,
  }))
  const key = isSequence(name)
    ? ['name']
    : rows
        .filter((row) => row['pk'] !== 0)
        .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
        .map((row) => textOf(row['name']))
  const withoutRowid = listed?.['wr'] === 1
  // Any other key of such a table has an index.
  const keyIsRowid =
    key.length === 1 &&
    !withoutRowid &&
    !isSequence(name) &&
    !describe(side, 'index_list', name).some((index) => index['origin'] === 'pk')
  const taken = new Set(columns.map((column) => column.name.toLowerCase()))
  const free = rowidNames.find((word) => !taken.has(word)) ?? null
  const declaration = parseTable(sql)
  return {
    name,
    kind,
    rootPage: Number(item['rootpage']),
    sql,
    columns,
    key,
    declaration: declaration?.columns.length === columns.length ? declaration : null,
    meaning: [...columns.map((column) => column.name), meaning(tokenize(sql).slice(3))].join('\n'),
    withoutRowid,
    rowid: withoutRowid ? null : keyIsRowid ? (key[0] ?? null) : free,
    keyIsRowid,
  }
}

/** The table that SQLite keeps the last numbers of AUTOINCREMENT in: one row a table, by its name. */
export function isSequence(name: string): boolean {
  return name.toLowerCase() === 'sqlite_sequence'
}

function kindOf(name: string, sql: string, listed: Values | undefined): Table['kind'] {
  if (name.toLowerCase().startsWith('sqlite_')) return 'internal'
  if (listed?.['type'] === 'virtual' || /^\s*create\s+virtual\s/i.test(sql)) return 'virtual'
  return listed?.['type'] === 'shadow' ? 'shadow' : 'table'
}

function textOf(value: SQLOutputValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function describe({ db, schema }: Side, pragma: string, table: string): Values[] {
  return db.prepare(`PRAGMA ${schema}.${pragma}(${quoteIdentifier(table)})`).all()
}
