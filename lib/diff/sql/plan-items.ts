import { meaningOf } from '../schema/compare-schemas.ts'
import type { Schema, SchemaItem } from '../schema/read-schema.ts'
import { foldCase } from '../schema/tokens.ts'
import { needsNewTable, type TableSql } from './table-sql.ts'

/** Which indexes, views and triggers are dropped before all else, and made at the end. */
export function planItems(
  schemas: { readonly before: Schema; readonly after: Schema },
  tables: readonly TableSql[],
): { drop: SchemaItem[]; create: SchemaItem[] } {
  const rebuilt = new Set<string>()
  const renamed = new Set<string>()
  const gone = new Set<string>()
  const names = new Map<string, string>()
  for (const { pair } of tables) {
    const { before, after } = pair
    if (after === null) gone.add(foldCase(before?.name ?? ''))
    if (before === null || after === null) continue
    names.set(foldCase(before.name), after.name)
    if (before.name !== after.name) renamed.add(foldCase(before.name))
    if (needsNewTable(pair)) rebuilt.add(foldCase(before.name))
  }
  const whole = (item: SchemaItem, called: ReadonlyMap<string, string>): string =>
    `${item.name}\n${meaningOf(item, called)}`
  const now = new Map(schemas.after.others.map((item) => [keyOf(item), whole(item, new Map())]))
  const isSame = (item: SchemaItem): boolean => now.get(keyOf(item)) === whole(item, names)
  const changedViews = new Set(
    schemas.before.others
      .filter((item) => item.type === 'view' && !isSame(item))
      .map(({ name }) => foldCase(name)),
  )
  const kept = new Set<string>()
  const drop = schemas.before.others.filter((item) => {
    const table = foldCase(item.table)
    const goes =
      item.type === 'index'
        ? rebuilt.has(table) || gone.has(table)
        : item.type === 'trigger' && changedViews.has(table)
    // An index goes with its table.
    if (goes) return item.type !== 'index'
    const isDisturbed =
      item.type === 'trigger' && (rebuilt.has(table) || renamed.has(table) || gone.has(table))
    if (isSame(item) && !isDisturbed) {
      kept.add(keyOf(item))
      return false
    }
    return true
  })
  return {
    // A view takes its triggers with it.
    drop: drop.toSorted((a, b) => Number(b.type === 'trigger') - Number(a.type === 'trigger')),
    create: schemas.after.others.filter((item) => !kept.has(keyOf(item))),
  }
}

function keyOf({ type, name }: SchemaItem): string {
  return `${type} ${foldCase(name)}`
}
