import { quoteIdentifier } from '../../sqlite/run-sqlite.ts'
import { type Pair, pragma, type Side } from '../open-databases.ts'
import { isSequence, type Schema, type SchemaItem } from '../schema/read-schema.ts'
import { foldCase, tokenize } from '../schema/tokens.ts'
import { SpoolFile } from '../spool-file.ts'
import { isLayout, type NoSql, type SchemaChange } from '../types.ts'
import { planItems } from './plan-items.ts'
import { needsNewTable, type TableSql } from './table-sql.ts'
import { findVirtualTables, isShadowOf } from './virtual-tables.ts'

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
  const obstacle = parts.tables.find((table) => table.obstacle !== null)?.obstacle
  if (typeof obstacle === 'string') return { reason: obstacle }
  const out = new SpoolFile(file)
  try {
    if (isNothing(parts)) return { bytes: 0, lines: 0 }
    writeAll(out, parts)
  } finally {
    out.close()
  }
  return { bytes: out.bytes, lines: out.lines }
}

function isNothing({ changes, tables }: Parts): boolean {
  return changes.every(isLayout) && tables.every(({ isChanged }) => !isChanged)
}

function writeAll(out: SpoolFile, parts: Parts): void {
  const { schemas, tables, databases } = parts
  const line = (sql: string): void => out.write(`${sql}\n`)
  const ordinary = tables.filter(({ pair }) => !isSequence((pair.after ?? pair.before)?.name ?? ''))
  const items = planItems(schemas, tables)
  const virtual = findVirtualTables(schemas)
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
  // Else a function in a CHECK, a default or an index could do more than compute.
  line('PRAGMA trusted_schema=OFF;')
  line('BEGIN IMMEDIATE;')
  for (const { type, name } of items.drop) {
    line(`DROP ${type.toUpperCase()} main.${quoteIdentifier(name)};`)
  }
  for (const { name } of virtual.dropped) line(`DROP TABLE main.${quoteIdentifier(name)};`)
  const own = ordinary.filter(
    ({ pair }) =>
      !isShadowOf(pair.after ?? pair.before, pair.after === null ? virtual.dropped : virtual.made),
  )
  for (const table of ordinary) {
    if (table.pair.after !== null) out.append(table.deletions)
  }
  writeTables(line, own, schemas)
  for (const item of virtual.made) line(`${inMain(item)};`)
  for (const { pair } of ordinary) {
    // What a virtual table begins with is not what it holds.
    if (pair.after !== null && isShadowOf(pair.after, virtual.made)) {
      line(`DELETE FROM main.${quoteIdentifier(pair.after.name)};`)
    }
  }
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

/** A CREATE statement as it is stored, with the database that it is for; sound, as `findObstacle` sees to. */
export function inMain({ sql, type }: SchemaItem): string {
  const tokens = tokenize(sql)
  const at = tokens.findIndex(({ text }) => text.toLowerCase() === type)
  const [word, name] = [tokens[at], tokens[at + 1]]
  const last = tokens.at(-1)
  if (word === undefined || name === undefined || last === undefined) return sql
  // Without a comment at its end, which would take the semicolon with it.
  return `${sql.slice(0, word.end)} main.${sql.slice(name.start, last.end)}`
}
