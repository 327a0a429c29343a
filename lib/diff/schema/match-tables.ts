import type { Pair } from '../open-databases.ts'
import type { TablePair } from '../rows/table-pair.ts'
import { type ColumnNames, pairTables, sampleRows } from './pair-tables.ts'
import { type Column, isSequence, type Schema, type Table } from './read-schema.ts'
import { foldCase } from './tokens.ts'

/** How many rows are looked at to recognise a table or a column under another name. */
const SAMPLED = 500

/** The share of them that must be the same. */
const ENOUGH = 0.5

/** The same for a column whose declaration changed, too. */
const PLENTY = 0.9

/** So many pairs of tables are looked at whether the one is the other: each takes milliseconds. */
const MOST_PAIRS = 2500

/**
 * Which table of one database is which of the other: by name, but where the content says that tables
 * of the same columns changed their names. Columns likewise.
 *
 * @throws errors of node:sqlite
 */
export function matchTables(before: Schema, after: Schema, databases: Pair): TablePair[] {
  const former = matchByContent(before, after, databases)
  const taken = new Set(former.values())
  const kept = after.tables.filter(hasRows).map((table) => {
    const named = before.tables.find((other) => hasRows(other) && isNamed(other, table.name))
    const old =
      former.get(table) ??
      (named !== undefined && !taken.has(named) && !wasMoved(former, named) ? named : null)
    if (old !== null) taken.add(old)
    return { before: old, after: table }
  })
  const pairs = kept.map(({ before: old, after: now }) =>
    old === null
      ? pairTables(null, now, databases)
      : pairTables(old, now, databases, matchColumns(old, now, databases)),
  )
  const removed = before.tables.filter((table) => hasRows(table) && !taken.has(table))
  return [...pairs, ...removed.map((table) => pairTables(table, null, databases))]
}

/** Whether its rows can be compared: statistics are about data, and no data. */
export function hasRows({ kind, name, rootPage }: Table): boolean {
  if (rootPage === 0 || kind === 'virtual') return false
  return kind !== 'internal' || isSequence(name)
}

function isNamed(table: Table, name: string): boolean {
  return foldCase(table.name) === foldCase(name)
}

function wasMoved(former: ReadonlyMap<Table, Table>, table: Table): boolean {
  return [...former.values()].includes(table)
}

interface Likeness {
  readonly old: Table
  readonly now: Table
  readonly share: number
}

/** Of the tables that have the same columns as another one: which was which, by their rows. */
function matchByContent(before: Schema, after: Schema, databases: Pair): Map<Table, Table> {
  const shapes = Map.groupBy(after.tables.filter(isOrdinary), shapeOf)
  const namesakes = new Map(before.tables.map((table) => [foldCase(table.name), table]))
  let left = MOST_PAIRS
  const found = new Map<Table, Table>()
  for (const [shape, olds] of Map.groupBy(before.tables.filter(isOrdinary), shapeOf)) {
    const nows = shapes.get(shape) ?? []
    const [old, now] = [olds[0], nows[0]]
    const isPlain =
      nows.length === 0 ||
      (olds.length === 1 && nows.length === 1 && isNamed(old as Table, now?.name ?? ''))
    // All of them are called as they were: a swap of two leaves the names, too.
    if (isPlain) continue
    const likenessOfAll = (pairs: readonly { old: Table; now: Table }[]): Likeness[] =>
      pairs
        .map((pair) => ({ ...pair, share: shareOf(pair.old, pair.now, databases) }))
        .filter(({ share }) => share >= ENOUGH)
    // What is still called so and still has the rows goes before all else: mostly that is all of them.
    const named = likenessOfAll(
      nows.flatMap((other) => {
        const same = namesakes.get(foldCase(other.name))
        return same !== undefined && olds.includes(same) ? [{ old: same, now: other }] : []
      }),
    )
    const settled = new Set(named.flatMap((pair) => [pair.old, pair.now]))
    const openOlds = olds.filter((one) => !settled.has(one))
    const openNows = nows.filter((one) => !settled.has(one))
    const pairs = openOlds.length * openNows.length
    const isWithin = pairs <= left
    if (isWithin) left -= pairs
    const others = isWithin
      ? likenessOfAll(
          openOlds.flatMap((one) => openNows.map((other) => ({ old: one, now: other }))),
        )
      : []
    const best = [...named, ...others.toSorted((a, b) => b.share - a.share)]
    const gone = new Set<Table>()
    for (const { old: one, now: other } of best) {
      if (gone.has(one) || found.has(other)) continue
      gone.add(one)
      found.set(other, one)
    }
  }
  return found
}

function isOrdinary(table: Table): boolean {
  return table.kind === 'table'
}

function shapeOf({ columns }: Table): string {
  return columns
    .map(({ name }) => foldCase(name))
    .toSorted()
    .join('\n')
}

/** Which share of some rows of a table another one has, too. */
function shareOf(old: Table, now: Table, databases: Pair): number {
  const pair = pairTables(old, now, databases)
  try {
    const there = sampleRows(pair, databases, 'before', SAMPLED).map((row) => row.join(','))
    const here = new Set(
      sampleRows(pair, databases, 'after', 2 * SAMPLED).map((row) => row.join(',')),
    )
    const common = there.filter((row) => here.has(row)).length
    return there.length === 0 ? 0 : common / there.length
  } catch {
    return 0
  }
}

/** Columns that are there under another name, with the same values in rows that are there, too. */
function matchColumns(before: Table, after: Table, databases: Pair): ColumnNames {
  const names = new Map<string, string>()
  const lost = onlyIn(before, after)
  const found = onlyIn(after, before)
  if (lost.length === 0 || found.length === 0) return names
  const gone = new Set<Column>()
  for (const column of found) {
    const candidates = lost
      .filter((old) => !gone.has(old))
      .map((old) => ({
        old,
        share: likenessOf({ before, after, old, now: column, databases }),
        needed: isDeclaredAlike(before, old, after, column) ? ENOUGH : PLENTY,
      }))
      .filter(({ share, needed }) => share >= needed)
      .toSorted((a, b) => b.share - a.share)
    const [best] = candidates
    if (best === undefined) continue
    gone.add(best.old)
    names.set(column.name, best.old.name)
  }
  return names
}

function onlyIn(table: Table, other: Table): Column[] {
  const there = new Set(other.columns.map(({ name }) => foldCase(name)))
  return table.columns.filter(({ name, generated }) => !generated && !there.has(foldCase(name)))
}

function isDeclaredAlike(before: Table, old: Column, after: Table, now: Column): boolean {
  const meaningOf = (table: Table, column: Column): string | undefined =>
    table.declaration?.columns[table.columns.indexOf(column)]?.meaning
  return meaningOf(before, old) === meaningOf(after, now)
}

/** Which share of the rows that two tables have in common has the same in two columns; 0 without any value. */
function likenessOf(of: {
  before: Table
  after: Table
  old: Column
  now: Column
  databases: Pair
}): number {
  const { before, after, old, now, databases } = of
  const pair = pairTables(before, after, databases, new Map([[now.name, old.name]]))
  const at = pair.columns.findIndex(({ name }) => name === now.name)
  // Rows are told apart by what stayed; where that is nothing, by their places.
  const key = (pair.key ?? []).filter((place) => place !== at)
  try {
    const keyed = (rows: string[][]): Map<string, string> =>
      new Map(
        rows.map((row, place) => [
          key.length === 0 ? String(place) : key.map((index) => row[index]).join(','),
          row[at] ?? '',
        ]),
      )
    const there = keyed(sampleRows(pair, databases, 'before', SAMPLED))
    const here = keyed(sampleRows(pair, databases, 'after', 2 * SAMPLED))
    const common = [...there].filter(([id]) => here.has(id))
    const same = common.filter(([id, value]) => here.get(id) === value)
    const says = same.some(([, value]) => value !== 'NULL')
    return says ? same.length / common.length : 0
  } catch {
    return 0
  }
}
