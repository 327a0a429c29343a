import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as fc from 'fast-check'

/** Values that went wrong somewhere, as SQL. */
const values = [
  'NULL',
  '0',
  '1',
  '1.0',
  "'1'",
  "'1.0'",
  '-1',
  '0.30000000000000004',
  '4.9e-324',
  '-1.5e-310',
  '9e999',
  '-9e999',
  '-0.0',
  '9223372036854775807',
  '-9223372036854775808',
  '9007199254740993',
  '9007199254740992.0',
  '1.7976931348623157e308',
  '1e23',
  '123456789.123456789',
  '0.1',
  "''",
  "x''",
  "CAST(x'61006200' AS TEXT)",
  "CAST(x'6100' AS TEXT)",
  "CAST(x'ff61' AS TEXT)",
  "CAST(x'c0af' AS TEXT)",
  "'a'",
  "'A'",
  "'a '",
  "'b'||char(13,10)||'c'",
  "x'00'",
  "x'61'",
  "'ü'",
  "char(8238)||'x'",
  "'it''s'",
  "'-- no'",
  "'line'||char(10)||'/'||char(10)||';'",
  "'.quit'",
  'zeroblob(700)',
  "printf('%.*c',900,'z')",
]

const names = ['a', 'b', 'c', 'Rowid', 'oid', '_rowid_', 'select', 'we"ird', 'ü', 'd e']
const types = [
  '',
  'INTEGER',
  'TEXT',
  'REAL',
  'BLOB',
  'NUMERIC',
  'TEXT COLLATE NOCASE',
  'TEXT COLLATE RTRIM',
]
const keys = ['none', 'rowid', 'auto', 'desc', 'first', 'two', 'without', 'without-two'] as const

interface TableShape {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly key: (typeof keys)[number]
  readonly isUnique: boolean
  readonly isGenerated: boolean
  readonly rows: readonly (readonly number[])[]
  readonly many: number
}

export interface Start {
  readonly pageSize: number
  readonly encoding: string
  readonly tables: readonly TableShape[]
}

export interface Edit {
  readonly kind: (typeof kinds)[number]
  readonly table: number
  readonly column: number
  readonly at: number
  readonly value: number
}

const kinds = [
  'insert',
  'insert',
  'update',
  'update',
  'update',
  'update all',
  'delete',
  'delete',
  'delete all',
  'insert many',
  'delete many',
  'swap values',
  'renumber',
  'edit blob',
  'add column',
  'add constant',
  'drop column',
  'rename column',
  'rename table',
  'swap tables',
  'rename and recreate',
  'drop table',
  'recreate',
  'copy over',
  'change type',
  'reorder',
  'index',
  'unique index',
  'partial index',
  'trigger',
  'view',
  'drop others',
  'VACUUM',
  'page size',
  'reload',
  'ANALYZE',
  'user_version',
] as const

const value = fc.nat(values.length - 1)

const shape: fc.Arbitrary<TableShape> = fc.record({
  columns: fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...names), type: fc.constantFrom(...types) }),
    { minLength: 2, maxLength: 5, selector: ({ name }) => name },
  ),
  key: fc.constantFrom(...keys),
  isUnique: fc.boolean(),
  isGenerated: fc.boolean(),
  rows: fc.array(fc.array(value, { minLength: 6, maxLength: 6 }), { maxLength: 12 }),
  many: fc.oneof(fc.constant(0), fc.nat(120)),
})

export const startArbitrary: fc.Arbitrary<Start> = fc.record({
  pageSize: fc.constantFrom(512, 512, 1024, 4096),
  encoding: fc.constantFrom('UTF-8', 'UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'),
  tables: fc.array(shape, { minLength: 1, maxLength: 3 }),
})

export const editsArbitrary: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    table: fc.nat(5),
    column: fc.nat(9),
    at: fc.nat(30),
    value,
  }),
  { maxLength: 8 },
)

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Makes two databases in a folder: as it starts, and after the edits; what SQLite refuses is left. */
export function build(
  folder: string,
  start: Start,
  edits: readonly Edit[],
): { before: string; after: string } {
  const before = path.join(folder, 'before.sqlite')
  const after = path.join(folder, 'after.sqlite')
  const first = open(before)
  first.exec(`PRAGMA page_size=${start.pageSize}; PRAGMA encoding='${start.encoding}'`)
  for (const [number, table] of start.tables.entries()) createTable(first, `t${number}`, table)
  first.close()
  copyFileSync(before, after)
  let db = open(after)
  for (const edit of edits) {
    if (edit.kind === 'reload') db = reload(db, after, start)
    else perform(db, edit)
  }
  db.close()
  return { before, after }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA foreign_keys=OFF')
  return db
}

function attempt(db: DatabaseSync, sql: string): boolean {
  try {
    db.exec(sql)
    return true
  } catch {
    return false
  }
}

function createTable(db: DatabaseSync, name: string, made: TableShape): void {
  const { columns, key, isUnique, isGenerated, rows, many } = made
  const [first, second] = columns.map((column) => quote(column.name))
  const parts = columns.map((column) => `${quote(column.name)} ${column.type}`)
  if (key === 'rowid') parts[0] = `${first} INTEGER PRIMARY KEY`
  if (key === 'auto') parts[0] = `${first} INTEGER PRIMARY KEY AUTOINCREMENT`
  if (key === 'desc') parts[0] = `${first} INTEGER PRIMARY KEY DESC`
  if (isGenerated) parts.push(`made AS (typeof(${second})) STORED`, `made2 AS (${first} || 'x')`)
  if (isUnique) parts.push(`UNIQUE (${second}) ON CONFLICT REPLACE`)
  if (key === 'first' || key === 'without') parts.push(`PRIMARY KEY (${first})`)
  if (key === 'two' || key === 'without-two') parts.push(`PRIMARY KEY (${second}, ${first})`)
  const options = key.startsWith('without') ? ' WITHOUT ROWID' : ''
  attempt(db, `CREATE TABLE ${name}(${parts.join(', ')})${options}`)
  for (const row of rows) insert(db, name, row)
  insertMany(db, name, many)
}

function tablesOf(db: DatabaseSync): string[] {
  return db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .all()
    .map(({ name }) => String(name))
}

function columnsOf(db: DatabaseSync, table: string): { name: string; stored: boolean }[] {
  return db
    .prepare(`PRAGMA table_xinfo(${quote(table)})`)
    .all()
    .map(({ name, hidden }) => ({ name: String(name), stored: hidden === 0 }))
}

function storedOf(db: DatabaseSync, table: string): string[] {
  return columnsOf(db, table)
    .filter(({ stored }) => stored)
    .map(({ name }) => quote(name))
}

function insert(db: DatabaseSync, table: string, row: readonly number[]): void {
  const columns = storedOf(db, table)
  const list = columns.map((_, at) => values[(row[at % row.length] ?? 0) % values.length] ?? 'NULL')
  attempt(db, `INSERT INTO ${quote(table)}(${columns.join(',')}) VALUES(${list.join(',')})`)
}

function insertMany(db: DatabaseSync, table: string, count: number): void {
  const columns = storedOf(db, table)
  const terms = columns.map((_, at) =>
    at === 0 ? 'i' : at % 2 === 1 ? `'v' || i * ${at + 1}` : 'i / 3.0',
  )
  attempt(
    db,
    `WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < ${100 + count})
     INSERT OR IGNORE INTO ${quote(table)}(${columns.join(',')}) SELECT ${terms.join(',')} FROM n WHERE i > 100`,
  )
}

/** A name of the rowid, where there is one that can be used. */
function rowidOf(db: DatabaseSync, table: string): string {
  const taken = new Set(columnsOf(db, table).map(({ name }) => name.toLowerCase()))
  return ['rowid', 'oid', '_rowid_'].find((word) => !taken.has(word)) ?? 'NULL'
}

function perform(db: DatabaseSync, { kind, table: number, column, at, value: chosen }: Edit): void {
  const tables = tablesOf(db)
  const table = tables[number % Math.max(1, tables.length)]
  if (table === undefined) return
  const name = quote(table)
  const columns = storedOf(db, table)
  const target = columns[column % columns.length] ?? 'a'
  const rowid = rowidOf(db, table)
  const sql = values[chosen] ?? 'NULL'
  const other = tables[at % tables.length] ?? table
  const nth = `(SELECT ${rowid} FROM ${name} LIMIT 1 OFFSET ${at})`
  const run = (statement: string): boolean => attempt(db, statement)
  switch (kind) {
    case 'insert':
      return insert(db, table, [chosen, at, column, chosen + at, at + 3])
    case 'update':
      return void run(`UPDATE ${name} SET ${target} = ${sql} WHERE ${rowid} = ${nth}`)
    case 'update all':
      return void run(`UPDATE OR IGNORE ${name} SET ${target} = ${target} + 1`)
    case 'delete':
      return void run(`DELETE FROM ${name} WHERE ${rowid} = ${nth}`)
    case 'delete all':
      return void run(`DELETE FROM ${name}`)
    case 'insert many':
      return insertMany(db, table, at * 8)
    case 'delete many':
      return void run(`DELETE FROM ${name} WHERE ${rowid} % 3 = ${at % 3}`)
    case 'swap values':
      run('BEGIN')
      run(`CREATE TEMP TABLE w AS SELECT ${rowid} AS r, ${target} AS v FROM ${name} LIMIT 2`)
      run(`UPDATE OR IGNORE ${name} SET ${target} = NULL WHERE ${rowid} IN (SELECT r FROM w)`)
      run(
        `UPDATE OR IGNORE ${name} SET ${target} = (SELECT v FROM w WHERE r <> ${name}.${rowid}) WHERE ${rowid} IN (SELECT r FROM w)`,
      )
      run('COMMIT')
      return void run('DROP TABLE temp.w')
    case 'renumber':
      return void run(`UPDATE OR IGNORE ${name} SET ${rowid} = ${rowid} + ${at + 1000}`)
    case 'edit blob':
      run(`UPDATE ${name} SET ${target} = zeroblob(3000) WHERE ${rowid} = ${nth}`)
      return void run(
        `UPDATE ${name} SET ${target} = CAST(substr(${target}, 1, 2000) || 'x' || substr(${target}, 2002) AS BLOB) WHERE typeof(${target}) = 'blob' AND length(${target}) > 2500`,
      )
    case 'add column':
      return void run(`ALTER TABLE ${name} ADD COLUMN n${at % 4} TEXT`)
    case 'add constant':
      return void run(`ALTER TABLE ${name} ADD COLUMN k${at % 4} INTEGER NOT NULL DEFAULT '7'`)
    case 'drop column':
      return void run(`ALTER TABLE ${name} DROP COLUMN ${target}`)
    case 'rename column':
      return void run(`ALTER TABLE ${name} RENAME COLUMN ${target} TO r${at % 4}`)
    case 'rename table':
      return void run(`ALTER TABLE ${name} RENAME TO x${at % 4}`)
    case 'swap tables':
      run(`ALTER TABLE ${name} RENAME TO swapping`)
      run(`ALTER TABLE ${quote(other)} RENAME TO ${name}`)
      return void run(`ALTER TABLE swapping RENAME TO ${quote(other === table ? table : other)}`)
    case 'rename and recreate':
      return void (
        run(`ALTER TABLE ${name} RENAME TO y${at % 4}`) &&
        run(`CREATE TABLE ${name}(${columns.join(',')})`)
      )
    case 'drop table':
      return void (tables.length > 1 && run(`DROP TABLE ${name}`))
    case 'recreate':
      return rebuild(db, table, (text) => text)
    case 'copy over':
      return void run(`CREATE TABLE z${at % 4} AS SELECT * FROM ${name}`)
    case 'change type':
      return rebuild(db, table, (text) =>
        text.replace(/ (?:TEXT|INTEGER|REAL)(?=[,)])/, ' NUMERIC'),
      )
    case 'reorder':
      return rebuild(db, table, (text) =>
        text.replace(/\((".*?" \w*), (".*?" \w*)(?=[,)])/, '($2, $1'),
      )
    case 'index':
      return void run(`CREATE INDEX i${at % 4} ON ${name}(${target})`)
    case 'unique index':
      return void run(`CREATE UNIQUE INDEX u${at % 4} ON ${name}(${target})`)
    case 'partial index':
      return void run(
        `CREATE INDEX p${at % 4} ON ${name}(lower(${target})) WHERE ${target} IS NOT NULL`,
      )
    case 'trigger':
      return void run(
        `CREATE TRIGGER g${at % 4} AFTER ${at % 2 === 0 ? 'INSERT' : 'DELETE'} ON ${name} BEGIN DELETE FROM ${quote(other)}; END`,
      )
    case 'view':
      return void run(`CREATE VIEW v${at % 4} AS SELECT ${target} FROM ${name}`)
    case 'drop others':
      return dropOthers(db, at)
    case 'VACUUM':
    case 'ANALYZE':
      return void run(kind)
    case 'page size':
      return void run('PRAGMA page_size=2048; VACUUM')
    case 'user_version':
      return void run(`PRAGMA user_version=${at - 3}; PRAGMA application_id=${-at}`)
    case 'reload':
  }
}

function dropOthers(db: DatabaseSync, at: number): void {
  const items = db
    .prepare(
      "SELECT type, name FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY name",
    )
    .all()
  const item = items[at % Math.max(1, items.length)]
  if (item !== undefined) attempt(db, `DROP ${String(item['type'])} ${quote(String(item['name']))}`)
}

/** Makes a table anew, its rows put in again. */
function rebuild(db: DatabaseSync, table: string, change: (sql: string) => string): void {
  const sql = db
    .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?")
    .get(table)
  const columns = storedOf(db, table).join(',')
  const name = quote(table)
  attempt(db, 'BEGIN')
  const isDone =
    attempt(db, `CREATE TEMP TABLE w AS SELECT ${columns} FROM ${name}`) &&
    attempt(db, `DROP TABLE main.${name}`) &&
    attempt(db, change(String(sql?.['sql']))) &&
    attempt(db, `INSERT OR IGNORE INTO main.${name}(${columns}) SELECT * FROM temp.w`)
  attempt(db, isDone ? 'COMMIT' : 'ROLLBACK')
  attempt(db, 'DROP TABLE temp.w')
}

/** As `.dump` into a new file does: the same rows in the same order, rowids counted anew. */
function reload(db: DatabaseSync, file: string, { encoding }: Start): DatabaseSync {
  const fresh = `${file}.new`
  db.exec(`ATTACH '${fresh}' AS fresh`)
  const items = db
    .prepare(
      "SELECT name, type, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type = 'table' DESC, rowid",
    )
    .all()
  const inFresh = (sql: string): string => sql.replace(/^(CREATE (?:UNIQUE )?\w+) /, '$1 fresh.')
  let isDone = true
  for (const { name, type, sql } of items) {
    isDone &&= attempt(db, inFresh(String(sql)))
    if (type !== 'table') continue
    const columns = storedOf(db, String(name)).join(',')
    isDone &&= attempt(
      db,
      `INSERT INTO fresh.${quote(String(name))}(${columns}) SELECT ${columns} FROM main.${quote(String(name))}`,
    )
  }
  const has = (schema: string): boolean =>
    db.prepare(`SELECT 1 FROM ${schema}.sqlite_schema WHERE name = 'sqlite_sequence'`).get() !==
    undefined
  if (has('main') && has('fresh')) {
    attempt(
      db,
      'DELETE FROM fresh.sqlite_sequence; INSERT INTO fresh.sqlite_sequence SELECT * FROM main.sqlite_sequence',
    )
  }
  for (const name of ['user_version', 'application_id']) {
    const now = Object.values(db.prepare(`PRAGMA main.${name}`).get() ?? {})[0]
    db.exec(`PRAGMA fresh.${name}=${String(now)}`)
  }
  void encoding
  db.close()
  if (isDone) copyFileSync(fresh, file)
  rmSync(fresh, { force: true })
  return open(file)
}
