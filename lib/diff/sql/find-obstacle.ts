import type { Pair } from '../open-databases.ts'
import { isSequence, type Schema, type SchemaItem } from '../schema/read-schema.ts'
import { hasControls, isSemicolon, type Token, tokenize, wordOf } from '../schema/tokens.ts'
import type { SchemaChange } from '../types.ts'
import { findVirtualTables, isMakeable } from './virtual-tables.ts'

/**
 * Why no SQL can say how two databases differ; null: as far as their schemas tell, some can.
 *
 * What stands in a schema becomes part of the SQL, and SQLite ignores what follows the first statement
 * of a declaration: a file that was forged could have the sqlite3 command run what is there.
 */
export function findObstacle(
  schemas: { readonly before: Schema; readonly after: Schema },
  changes: readonly SchemaChange[],
  { before, after }: Pair,
): string | null {
  if (before.encoding !== after.encoding) {
    return `the encoding changed from ${before.encoding} to ${after.encoding}, which no SQL can do`
  }
  const { made, dropped } = findVirtualTables(schemas)
  const known = new Set([...made, ...dropped].filter(isMakeable).map(({ name }) => name))
  const virtual = changes.find(
    ({ object, before: old, after: now, name }) =>
      object === 'table' && /^create virtual/i.test(now ?? old ?? '') && !known.has(name),
  )
  if (virtual !== undefined) return `the virtual table '${virtual.name}' was ${virtual.change}`
  const items = [schemas.before, schemas.after].flatMap(itemsOf)
  const named = items.find(({ names }) => names.some((name) => /\p{Cc}/u.test(name)))
  if (named !== undefined) return `a name of '${named.item.name}' has control characters`
  const forged = itemsOf(schemas.after).find(({ item }) => !isOneStatement(item))
  return forged === undefined ? null : `the declaration of '${forged.item.name}' is not sound`
}

function itemsOf({ tables, others }: Schema): { item: SchemaItem; names: string[] }[] {
  return [
    ...tables
      .filter(({ kind, name }) => kind === 'table' || kind === 'shadow' || isSequence(name))
      .map(({ name, sql, columns }) => ({
        item: { type: 'table' as const, name, table: name, sql },
        names: [name, ...columns.map((column) => column.name)],
      })),
    ...others.map((item) => ({ item, names: [item.name, item.table] })),
  ]
}

/** Whether it is a single CREATE as SQLite itself stores it. */
function isOneStatement({ type, sql }: SchemaItem): boolean {
  if (hasControls(sql)) return false
  const tokens = tokenize(sql)
  const words = tokens.slice(0, 3).map((token) => wordOf(token))
  const isIndex = type === 'index' && words[1] === 'unique' && words[2] === 'index'
  if (words[0] !== 'create' || (words[1] !== type && !isIndex)) return false
  // Not `CREATE TABLE … AS SELECT`, which would be run.
  if (type === 'table' && tokens[3]?.text !== '(') return false
  if (type !== 'trigger') return !tokens.some(isSemicolon)
  const ends = tokens.flatMap((token, at) => {
    const [before, after] = [tokens[at - 1], tokens[at + 1]]
    const isEnd = wordOf(token) === 'end' && isSemicolon(before)
    return isEnd && (after === undefined || isSemicolon(after)) ? [at] : []
  })
  return ends.length === 1 && ends[0] === tokens.length - 1 && !endsEarly(tokens)
}

/** A semicolon before the body begins would end the statement. */
function endsEarly(tokens: readonly Token[]): boolean {
  const begin = tokens.findIndex((token) => wordOf(token) === 'begin')
  return begin === -1 || tokens.slice(0, begin).some(isSemicolon)
}
