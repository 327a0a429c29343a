import type { Pair } from '../open-databases.ts'
import { pragma } from '../open-databases.ts'
import type { TablePair } from '../rows/table-pair.ts'
import type { SchemaChange } from '../types.ts'
import { isSequence, type Schema, type SchemaItem, type Table } from './read-schema.ts'
import { foldCase, meaning, onOneLine, tokenize } from './tokens.ts'

/** @throws errors of node:sqlite */
export function compareSchemas(
  before: Schema,
  after: Schema,
  pairs: readonly TablePair[],
  databases: Pair,
): SchemaChange[] {
  const tables = pairs.filter(
    ({ before: old, after: now }) => !isSequence((now ?? old)?.name ?? ''),
  )
  return [
    ...tables.flatMap(compareTables),
    ...compareVirtual(before, after),
    ...compareOthers(before, after, pairs),
    ...comparePragmas(databases),
  ]
}

function compareTables({ before, after, columns }: TablePair): SchemaChange[] {
  const lead = after ?? before
  if (lead === null) return []
  const change = (kind: SchemaChange['change']): SchemaChange => ({
    change: kind,
    object: 'table',
    name: lead.name,
    formerName: before !== null && before.name !== lead.name ? before.name : null,
    table: null,
    before: before === null ? null : oneLine(before.sql),
    after: after === null ? null : oneLine(after.sql),
  })
  if (before === null) return [change('added')]
  if (after === null) return [change('removed')]
  const renamed = before.name === after.name ? [] : [change('renamed')]
  if (before.meaning === after.meaning) return renamed
  const former = new Map(
    columns.flatMap(({ before: old, after: now }) =>
      old === null || now === null ? [] : [[now.name, old.name] as const],
    ),
  )
  const inColumns = compareColumns(before, after, former)
  const isExplained =
    before.declaration !== null &&
    after.declaration !== null &&
    before.declaration.rest === after.declaration.rest &&
    hasSameOrder(before, after, former)
  return [...renamed, ...inColumns, ...(isExplained ? [] : [change('changed')])]
}

function compareColumns(
  before: Table,
  after: Table,
  former: ReadonlyMap<string, string>,
): SchemaChange[] {
  const was = (name: string): string => former.get(name) ?? name
  const find = (name: string): number =>
    before.columns.findIndex((column) => foldCase(column.name) === foldCase(name))
  const matched = new Set<number>()
  const changes = after.columns.flatMap(({ name }, at): SchemaChange[] => {
    const place = find(was(name))
    const now = declarationOf(after, at)
    const change = { object: 'column', name, table: after.name, after: now.text } as const
    if (place === -1) return [{ ...change, change: 'added', formerName: null, before: null }]
    matched.add(place)
    const old = declarationOf(before, place)
    const formerName = before.columns[place]?.name ?? null
    if (formerName !== name) {
      return [{ ...change, change: 'renamed', formerName, before: old.text }]
    }
    if (old.meaning === now.meaning) return []
    return [{ ...change, change: 'changed', formerName: null, before: old.text }]
  })
  const removed = before.columns.flatMap(({ name }, at): SchemaChange[] => {
    if (matched.has(at)) return []
    const old = declarationOf(before, at).text
    const rest = { name, formerName: null, table: after.name, before: old, after: null }
    return [{ change: 'removed', object: 'column', ...rest }]
  })
  return [...changes, ...removed]
}

/** How a column is declared, as far as that can be told. */
function declarationOf(table: Table, at: number): { text: string; meaning: string } {
  const declared = table.declaration?.columns[at]
  if (declared !== undefined) return declared
  const { name = '', type = '', notNull = false, defaultValue = null } = table.columns[at] ?? {}
  const rest = [
    type,
    notNull ? 'NOT NULL' : '',
    defaultValue === null ? '' : `DEFAULT ${defaultValue}`,
  ]
  const said = rest.filter((part) => part !== '').join(' ')
  return { text: `${name} ${said}`.trim(), meaning: meaning(tokenize(said)) }
}

/** Whether the columns that are on both sides stand in the same order. */
function hasSameOrder(before: Table, after: Table, former: ReadonlyMap<string, string>): boolean {
  const now = after.columns.flatMap(({ name }) => {
    const place = before.columns.findIndex(
      (column) => foldCase(column.name) === foldCase(former.get(name) ?? name),
    )
    return place === -1 ? [] : [place]
  })
  return now.every((place, at) => at === 0 || place > (now[at - 1] ?? -1))
}

function compareVirtual(before: Schema, after: Schema): SchemaChange[] {
  const items = (schema: Schema): SchemaItem[] =>
    schema.tables
      .filter(({ kind }) => kind === 'virtual')
      .map(({ name, sql }) => ({ type: 'table', name, table: name, sql }))
  return compareItems(items(before), items(after), (item) => meaning(tokenize(item.sql)))
}

function compareOthers(before: Schema, after: Schema, pairs: readonly TablePair[]): SchemaChange[] {
  const now = new Map(
    pairs.flatMap(({ before: old, after: table }) =>
      old === null || table === null ? [] : [[foldCase(old.name), table.name] as const],
    ),
  )
  const ofBefore = (item: SchemaItem): string => meaningOf(item, now)
  const ofAfter = (item: SchemaItem): string => meaningOf(item, new Map())
  return (['index', 'view', 'trigger'] as const).flatMap((type) => {
    const some = (schema: Schema): SchemaItem[] =>
      schema.others.filter((item) => item.type === type)
    return compareItems(some(before), some(after), ofBefore, ofAfter)
  })
}

/** What an index, view or trigger means, its table as it is called now. */
export function meaningOf(item: SchemaItem, now: ReadonlyMap<string, string>): string {
  const tokens = tokenize(item.sql)
  if (item.type === 'view') return meaning(tokens)
  const place = tokens.findIndex(({ kind, text }) => kind === 'word' && /^on$/i.test(text))
  const table = tokens[place + 1]
  const name = now.get(foldCase(item.table))
  if (table === undefined || name === undefined) return meaning(tokens)
  return meaning(tokens.with(place + 1, { ...table, text: name }))
}

function compareItems(
  before: readonly SchemaItem[],
  after: readonly SchemaItem[],
  ofBefore: (item: SchemaItem) => string,
  ofAfter = ofBefore,
): SchemaChange[] {
  const find = (items: readonly SchemaItem[], name: string): SchemaItem | undefined =>
    items.find((item) => foldCase(item.name) === foldCase(name))
  const change = (
    kind: SchemaChange['change'],
    item: SchemaItem,
    old: SchemaItem | null,
    now: SchemaItem | null,
  ): SchemaChange => ({
    change: kind,
    object: item.type,
    name: item.name,
    formerName: null,
    table: item.type === 'view' || item.type === 'table' ? null : item.table,
    before: old === null ? null : oneLine(old.sql),
    after: now === null ? null : oneLine(now.sql),
  })
  return [
    ...after.flatMap((item) => {
      const old = find(before, item.name)
      if (old === undefined) return [change('added', item, null, item)]
      if (ofBefore(old) !== ofAfter(item)) return [change('changed', item, old, item)]
      // To SQLite it is the same name, but not to every program.
      const formerName = old.name
      return formerName === item.name ? [] : [{ ...change('renamed', item, old, item), formerName }]
    }),
    ...before
      .filter((item) => find(after, item.name) === undefined)
      .map((item) => change('removed', item, item, null)),
  ]
}

function comparePragmas({ before, after }: Pair): SchemaChange[] {
  const numbers = ['user_version', 'application_id', 'page_size'].map((name) => ({
    name,
    old: String(pragma(before, name)),
    now: String(pragma(after, name)),
  }))
  return [...numbers, { name: 'encoding', old: before.encoding, now: after.encoding }]
    .filter(({ old, now }) => old !== now)
    .map(({ name, old, now }) => ({
      change: 'changed',
      object: 'pragma',
      name,
      formerName: null,
      table: null,
      before: old,
      after: now,
    }))
}

function oneLine(sql: string): string {
  return onOneLine(sql, tokenize(sql))
}
