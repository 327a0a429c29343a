import type { Schema, SchemaItem, Table } from '../schema/read-schema.ts'
import { foldCase, hasControls, isSemicolon, tokenize, wordOf } from '../schema/tokens.ts'

/**
 * Modules of SQLite's own that keep all that they show in tables beside them, and reach nothing outside of the
 * database: https://www.sqlite.org/fts5.html, https://www.sqlite.org/rtree.html
 */
const modules = new Set(['fts5', 'rtree', 'rtree_i32'])

/** Virtual tables that SQL makes and drops: with each come and go the tables that it keeps its content in. */
export interface VirtualTables {
  readonly made: readonly SchemaItem[]
  readonly dropped: readonly SchemaItem[]
}

export function findVirtualTables({
  before,
  after,
}: {
  readonly before: Schema
  readonly after: Schema
}): VirtualTables {
  const onlyIn = (schema: Schema, other: Schema): SchemaItem[] => {
    const there = new Set(other.tables.filter(isVirtual).map(({ name }) => foldCase(name)))
    return schema.tables
      .filter((table) => isVirtual(table) && !there.has(foldCase(table.name)))
      .map(({ name, sql }) => ({ type: 'table', name, table: name, sql }))
  }
  return { made: onlyIn(after, before), dropped: onlyIn(before, after) }
}

/** Whether it is one of the tables that one of these virtual tables keeps its content in. */
export function isShadowOf(table: Table | null, virtual: readonly SchemaItem[]): boolean {
  if (table?.kind !== 'shadow') return false
  // https://www.sqlite.org/c3ref/module.html (xShadowName): up to the last underscore it is the other's name.
  const owner = foldCase(table.name.slice(0, table.name.lastIndexOf('_')))
  return virtual.some((one) => foldCase(one.name) === owner)
}

/**
 * Whether SQL may make it: by a single `CREATE VIRTUAL TABLE name USING module(…)` with a module that is known.
 * What was forged could have the sqlite3 command run another one.
 */
export function isMakeable({ sql }: SchemaItem): boolean {
  if (hasControls(sql)) return false
  const tokens = tokenize(sql)
  const [create, virtual, table, , using, module, open] = tokens
  const isCreate = [create, virtual, table, using].map(wordOf).join(' ')
  if (isCreate !== 'create virtual table using') return false
  if (!modules.has(wordOf(module) ?? '') || open?.text !== '(') return false
  return tokens.at(-1)?.text === ')' && !tokens.some(isSemicolon)
}

function isVirtual({ kind }: Table): boolean {
  return kind === 'virtual'
}
