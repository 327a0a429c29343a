import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { type Pair, pragma, type Side } from '../open-databases.ts'
import { isSequence, type Schema, type SchemaItem } from '../schema/read-schema.ts'
import { foldCase, meaning, tokenize } from '../schema/tokens.ts'
import { SpoolFile } from '../spool-file.ts'
import type { NoSql, SchemaChange } from '../types.ts'
import { planItems } from './plan-items.ts'
import { needsNewTable, type TableSql } from './table-sql.ts'

export interface Parts {
  readonly schemas: { readonly before: Schema; readonly after: Schema }
  readonly changes: readonly SchemaChange[]
  /** One for each pair of tables, finished. */
  readonly tables: readonly TableSql[]
  readonly databases: Pair
}

/**
 * Writes the SQL that turns the old database into the new one when the sqlite3 command, 3.37 or
 * newer, reads it: in one transaction that triggers, foreign keys and conflict clauses do not touch.
 *
 * @throws errors of the file system and of node:sqlite
 */
export function writeSql(file: string, parts: Parts): { bytes: number; lines: number } | NoSql {
  const obstacle = findObstacle(parts)
  if (obstacle !== null) return { reason: obstacle }
  const out = new SpoolFile(file)
  try {
    if (isNothing(parts)) return { bytes: 0, lines: 0 }
    writeAll(out, parts)
  } finally {
    out.close()
  }
  return { bytes: out.bytes, lines: out.lines }
}

/** Why SQL cannot say it; null: it can. */
function findObstacle({ changes, tables, databases }: Parts): string | null {
  const { before, after } = databases
  if (before.encoding !== after.encoding) {
    return `the encoding changed from ${before.encoding} to ${after.encoding}, which no SQL can do`
  }
  const virtual = changes.find(
    ({ object, before: old, after: now }) =>
      object === 'table' && /^create virtual/i.test(now ?? old ?? ''),
  )
  if (virtual !== undefined) return `the virtual table '${virtual.name}' was ${virtual.change}`
  return tables.find(({ obstacle }) => obstacle !== null)?.obstacle ?? null
}

function isNothing({ changes, tables }: Parts): boolean {
  return (
    changes.every(({ object, name }) => object === 'pragma' && name === 'page_size') &&
    tables.every(({ isChanged }) => !isChanged)
  )
}

function writeAll(out: SpoolFile, parts: Parts): void {
  const { schemas, tables, databases } = parts
  const line = (sql: string): void => out.write(`${sql}\n`)
  const ordinary = tables.filter(({ pair }) => !isSequence((pair.after ?? pair.before)?.name ?? ''))
  const items = planItems(schemas, tables)
  line('.bail on')
  line('.dbconfig enable_trigger off')
  const isShadow = ({ pair, isChanged }: TableSql): boolean =>
    isChanged && pair.after?.kind === 'shadow'
  if (tables.some(isShadow)) line('.dbconfig defensive off')
  if (items.create.length > 0 || ordinary.some(({ pair }) => needsNewTable(pair))) {
    line('.dbconfig dqs_ddl on')
  }
  // Without effect within a transaction.
  line('PRAGMA foreign_keys=OFF;')
  line('PRAGMA legacy_alter_table=ON;')
  line('PRAGMA ignore_check_constraints=OFF;')
  line('BEGIN IMMEDIATE;')
  for (const { type, name } of items.drop) {
    line(`DROP ${type.toUpperCase()} main.${quoteIdentifier(name)};`)
  }
  for (const table of ordinary) {
    if (table.pair.after !== null) out.append(table.deletions)
  }
  writeTables(line, ordinary, schemas)
  for (const table of ordinary) out.append(table.insertions)
  for (const item of items.create) line(`${inMain(item)};`)
  writeSequence(line, parts)
  for (const name of ['user_version', 'application_id']) {
    const value = pragma(databases.after, name)
    if (value !== pragma(databases.before, name)) line(`PRAGMA main.${name}=${value};`)
  }
  line('COMMIT;')
  line('PRAGMA legacy_alter_table=OFF;')
  line('.dbconfig enable_trigger on')
}

/**
 * Makes, renames, rebuilds and drops tables, as https://www.sqlite.org/lang_altertable.html#otheralter
 * says but for one thing: with legacy_alter_table nothing refers to a renamed table by its new name,
 * so the old one steps aside, and the new one is made with the very words it has.
 */
function writeTables(
  line: (sql: string) => void,
  tables: readonly TableSql[],
  schemas: Parts['schemas'],
): void {
  const taken = new Set(
    [schemas.before, schemas.after].flatMap(({ tables: all, others }) =>
      [...all, ...others].map(({ name }) => foldCase(name)),
    ),
  )
  const aside = new Map<TableSql, string>()
  for (const table of tables) {
    const { before, after } = table.pair
    if (before === null || after === null) continue
    if (before.name === after.name && !needsNewTable(table.pair)) continue
    let number = aside.size + 1
    while (taken.has(`dm_former_${number}`)) number++
    const name = `dm_former_${number}`
    taken.add(name)
    aside.set(table, name)
    line(`ALTER TABLE main.${quoteIdentifier(before.name)} RENAME TO ${name};`)
  }
  for (const { pair } of tables) {
    if (pair.after === null && pair.before !== null) {
      line(`DROP TABLE main.${quoteIdentifier(pair.before.name)};`)
    }
  }
  for (const table of tables) {
    const { after } = table.pair
    const former = aside.get(table)
    if (after === null) continue
    const name = `main.${quoteIdentifier(after.name)}`
    if (needsNewTable(table.pair)) {
      line(`${inMain({ ...after, type: 'table', table: after.name })};`)
      if (former === undefined) continue
      const [old, now] = [table.columnList('before'), table.columnList('after')]
      line(
        `INSERT OR ABORT INTO ${name}(${now.join(',')}) SELECT ${old.join(',')} FROM main.${former};`,
      )
      line(`DROP TABLE main.${former};`)
    } else if (former !== undefined) {
      line(`ALTER TABLE main.${former} RENAME TO ${quoteIdentifier(after.name)};`)
    }
  }
}

/** Whatever the statements before it did to the numbers of AUTOINCREMENT: what they are at last. */
function writeSequence(line: (sql: string) => void, { schemas, databases }: Parts): void {
  const has = ({ tables }: Schema): boolean => tables.some(({ name }) => isSequence(name))
  if (!has(schemas.before) && !has(schemas.after)) return
  if (!has(schemas.before)) {
    line('CREATE TABLE main.dm_sequence(n INTEGER PRIMARY KEY AUTOINCREMENT);')
    line('DROP TABLE main.dm_sequence;')
  }
  line('DELETE FROM main.sqlite_sequence;')
  if (!has(schemas.after)) return
  for (const row of sequenceRows(databases.after)) {
    line(`INSERT INTO main.sqlite_sequence(name,seq) VALUES(${row});`)
  }
}

function* sequenceRows({ db, schema }: Side): Generator<string> {
  const statement = db.prepare(
    `SELECT quote(name) || ',' || quote(seq) FROM ${schema}.sqlite_sequence ORDER BY rowid`,
  )
  for (const row of statement.iterate()) yield String(Object.values(row)[0])
}

/** A CREATE statement as it is stored, with the database that it is for. */
function inMain({ sql, type }: SchemaItem): string {
  const tokens = tokenize(sql)
  const at = tokens.findIndex(({ text }) => text.toLowerCase() === type)
  const end = tokens[at]?.end ?? 0
  if (at === -1 || meaning(tokens.slice(0, 1)) !== 'create') return sql
  const rest = sql.slice(end)
  // A comment to the end of the line would take the semicolon with it.
  const closing = /--[^\n]*$/.test(rest) ? '\n' : ''
  return `${sql.slice(0, end)} main.${rest.trimStart()}${closing}`
}
