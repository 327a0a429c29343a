import { formatBytes } from '../../format/units.ts'
import {
  type ColumnChange,
  type DatabaseDiff,
  isLayout,
  type SchemaChange,
  type TableDiff,
} from '../types.ts'
import {
  countOf,
  firstOf,
  formatCount,
  type Line,
  type Outline,
  type Section,
  type Table,
} from './outline.ts'
import { schemaLines } from './schema-lines.ts'
import { showKey, showNumberChange } from './values.ts'

/** So many keys of a table are named, */
const MOST_KEYS = 5
/** in so many characters, but the first in any case. */
const KEYS_LENGTH = 110
const MOST_NAMES = 8
const MOST_NUMBERS = 3

/** What a person has to know of a diff, in the order of its weight. */
export function describeDiff(diff: DatabaseDiff): Outline {
  const filled = diff.tables.filter((table) => isOnlyFilled(table, diff.schema))
  const changed = diff.tables
    .filter((table) => isChanged(table) && !filled.includes(table))
    .toSorted((a, b) => changesOf(b) - changesOf(a))
  const kept = changed.filter(({ state }) => state === 'kept')
  const byKey = kept.toSorted((a, b) => keyRank(a) - keyRank(b))
  const sections: (Section | null)[] = [
    linesSection(
      'Not compared, so not known to be the same',
      diff.uncompared.filter((one) => !isStatistics(one)).map(toUncompared),
    ),
    linesSection('Keys that vanished', byKey.flatMap(vanishedLine)),
    linesSection('New keys', byKey.flatMap(appearedLine)),
    changed.length === 0 ? null : { title: 'Rows', block: countsOf(changed) },
    linesSection('Columns that changed', [
      ...filledLines(filled),
      ...kept.flatMap((table) => table.columns.map((column) => columnLine(table, column))),
    ]),
    linesSection('Schema', schemaLines(diff.schema)),
    unchangedSection(diff.tables.filter((table) => !isChanged(table))),
  ]
  return { verdict: verdictOf(diff), sections: sections.filter((section) => section !== null) }
}

/** Whether a person would say that the data are other ones. */
export function hasChanges({ schema, tables }: DatabaseDiff): boolean {
  return schema.some((change) => !isLayout(change)) || tables.some(isChanged)
}

/** What ANALYZE has made of the data, by a name that no other table can have. */
export function isStatistics({ name }: { readonly name: string }): boolean {
  return /^sqlite_stat[1-4]$/i.test(name)
}

export function isChanged({ state, inserted, updated, deleted }: TableDiff): boolean {
  return state !== 'kept' || inserted + updated + deleted > 0
}

/** What has a name of its own comes before what only refers to it: it explains that. */
function keyRank({ key }: TableDiff): number {
  return key === null ? 99 : key.length
}

function changesOf({ inserted, updated, deleted }: TableDiff): number {
  return inserted + updated + deleted
}

function verdictOf(diff: DatabaseDiff): string[] {
  const { tables, schema, before, after } = diff
  const uncompared = diff.uncompared.filter((one) => !isStatistics(one))
  const statistics = diff.uncompared.filter(isStatistics).map(({ name }) => name)
  const made =
    statistics.length === 0
      ? []
      : [`Statistics of ANALYZE are no data, and not compared: ${statistics.join(', ')}.`]
  const left =
    uncompared.length === 0
      ? []
      : [
          `Not compared: ${firstOf(
            uncompared.map(({ name }) => name),
            3,
          )}.`,
        ]
  const sizes = `${formatBytes(before.bytes)} → ${formatBytes(after.bytes)}`
  if (!hasChanges(diff)) {
    const layout = schema.find(isLayout)
    const pages = layout === undefined ? '' : `, pages of ${layout.before} → ${layout.after} bytes`
    const what = uncompared.length === 0 ? 'No data changed' : 'No change in what was compared'
    return [
      `${what}; the file is only laid out in another way (${sizes}${pages}).`,
      ...left,
      ...made,
    ]
  }
  const changed = tables.filter(isChanged)
  const sum = (count: (table: TableDiff) => number): number =>
    tables.reduce((total, table) => total + count(table), 0)
  const filled = tables
    .filter((table) => isOnlyFilled(table, schema))
    .reduce((total, { updated }) => total + updated, 0)
  const only = filled === 0 ? '' : ` (${formatCount(filled)} only in new columns)`
  const counts = [
    `${formatCount(sum(({ inserted }) => inserted))} inserted`,
    `${formatCount(sum(({ updated }) => updated))} updated${only}`,
    `${formatCount(sum(({ deleted }) => deleted))} deleted`,
  ].join(', ')
  const rows =
    changed.length === 0
      ? `No row changed in ${countOf(tables.length, 'table')}.`
      : `Rows changed in ${formatCount(changed.length)} of ${countOf(tables.length, 'table')}: ${counts}.`
  return [rows, schemaSentence(schema), ...left, ...made, `Size: ${sizes}.`].filter(
    (line) => line !== '',
  )
}

function schemaSentence(schema: readonly SchemaChange[]): string {
  const counts = new Map<string, number>()
  for (const change of schema) {
    const one = `${change.object === 'pragma' ? 'setting' : change.object} ${change.change}`
    counts.set(one, (counts.get(one) ?? 0) + 1)
  }
  if (counts.size === 0) return 'The schema is the same.'
  const list = [...counts].map(([what, count]) => {
    const [object = '', change = ''] = what.split(' ')
    const several = object === 'index' ? 'indexes' : `${object}s`
    return `${countOf(count, object, several)} ${change}`
  })
  return `The schema changed: ${list.join(', ')}.`
}

function linesSection(title: string, lines: readonly Line[]): Section | null {
  return lines.length === 0 ? null : { title, block: { kind: 'lines', lines } }
}

function toUncompared({ name, reason }: { name: string; reason: string }): Line {
  return { label: name, text: reason }
}

function vanishedLine({ name, deleted, rowsBefore, vanished, key }: TableDiff): Line[] {
  if (deleted === 0) return []
  return [{ label: ofHowMany(name, deleted, rowsBefore), text: keysOf(vanished, deleted, key) }]
}

function appearedLine({ name, inserted, rowsAfter, appeared, key }: TableDiff): Line[] {
  if (inserted === 0) return []
  return [{ label: ofHowMany(name, inserted, rowsAfter), text: keysOf(appeared, inserted, key) }]
}

function ofHowMany(name: string, count: number, total: number): string {
  return `${name} (${formatCount(count)} of ${formatCount(total)})`
}

function keysOf(
  samples: TableDiff['vanished'],
  total: number,
  key: readonly string[] | null,
): string {
  // A number that nobody gave needs its name.
  const isRowid = key === null && samples.some((sample) => sample.key.length > 0)
  let length = 0
  const keys = samples.map(showKey).filter((one, at) => {
    length += one.length + 2
    return at === 0 || (at < MOST_KEYS && length <= KEYS_LENGTH)
  })
  return `${isRowid ? 'rowid ' : ''}${firstOf(keys, keys.length, total)}`
}

function countsOf(tables: readonly TableDiff[]): Table {
  return {
    kind: 'table',
    heading: ['table', 'inserted', 'updated', 'deleted', 'rows'],
    rows: tables.map((table) => [
      nameOf(table),
      ...[table.inserted, table.updated, table.deleted].map((count) =>
        count === 0 ? '' : formatCount(count),
      ),
      table.rowsBefore === table.rowsAfter
        ? formatCount(table.rowsAfter)
        : `${formatCount(table.rowsBefore)} → ${formatCount(table.rowsAfter)}`,
    ]),
  }
}

function nameOf({ name, formerName, state }: TableDiff): string {
  if (state === 'added') return `${name} (new)`
  if (state === 'removed') return `${name} (removed)`
  return formerName === null ? name : `${name} (was ${formerName})`
}

function columnLine(table: TableDiff, { name, rows, noise, largest }: ColumnChange): Line {
  const of = `${formatCount(rows)} of ${countOf(table.updated, 'updated row')}`
  const rounding =
    noise === 0
      ? []
      : [
          noise === rows
            ? 'all of them only float noise'
            : `${formatCount(noise)} of them only float noise`,
        ]
  const numbers = distinct(largest).slice(0, MOST_NUMBERS)
  const most = numbers.length === 0 ? [] : [`largest: ${numbers.join('; ')}`]
  const example = noise === rows || numbers.length > 0 ? [] : exampleOf(table, name)
  return { label: `${table.name}.${name}`, text: [of, ...rounding, ...most, ...example].join('; ') }
}

/** Many rows often change by the same: each change once. */
function distinct(largest: ColumnChange['largest']): string[] {
  const places = new Map<string, ColumnChange['largest']>()
  for (const change of largest) {
    const text = showNumberChange(change)
    places.set(text, [...(places.get(text) ?? []), change])
  }
  return Array.from(places, ([text, [first, ...others]]) => {
    const also = others.length === 0 ? '' : ' and elsewhere'
    return `${text}${first === undefined ? '' : placeOf(first.key)}${also}`
  })
}

function placeOf(key: TableDiff['vanished'][number]['key']): string {
  return key.length === 0 ? '' : ` at ${showKey({ key })}`
}

/** Of what is no number, one change is shown. */
function exampleOf({ changed }: TableDiff, name: string): string[] {
  for (const { key, values } of changed) {
    const value = values.find(({ column }) => column === name)
    if (value === undefined) continue
    const [before, after] = [value.before, value.after].map((cell) => showKey({ key: [cell] }))
    return [`such as ${before} → ${after}${placeOf(key)}`]
  }
  return []
}

/** Whether nothing but the columns that it got has changed in a table's rows. */
function isOnlyFilled(table: TableDiff, schema: readonly SchemaChange[]): boolean {
  const { state, inserted, deleted, updated, columns, name } = table
  if (state !== 'kept' || inserted + deleted > 0 || updated === 0) return false
  const added = schema.filter(
    (one) => one.object === 'column' && one.change === 'added' && one.table === name,
  )
  return columns.every((column) => added.some((one) => one.name === column.name))
}

/** One line for each column that tables got. */
function filledLines(tables: readonly TableDiff[]): Line[] {
  const byColumn = new Map<string, TableDiff[]>()
  for (const table of tables) {
    for (const { name } of table.columns) byColumn.set(name, [...(byColumn.get(name) ?? []), table])
  }
  return Array.from(byColumn, ([column, list]) => {
    const rows = list.reduce(
      (total, { columns }) => total + (columns.find(({ name }) => name === column)?.rows ?? 0),
      0,
    )
    const values = new Set(
      list.flatMap(({ changed }) =>
        changed.flatMap((sample) =>
          sample.values
            .filter((one) => one.column === column)
            .map(({ after }) => showKey({ key: [after] })),
        ),
      ),
    )
    const names = firstOf(
      list.map(({ name }) => name),
      MOST_NAMES,
    )
    const text = `a new column, filled in ${countOf(rows, 'row')} of ${countOf(list.length, 'table')} that did not change otherwise, such as ${firstOf([...values].slice(0, 3), 3)}: ${names}`
    return { label: column, text }
  })
}

function unchangedSection(tables: readonly TableDiff[]): Section | null {
  if (tables.length === 0) return null
  const rows = tables.reduce((total, { rowsAfter }) => total + rowsAfter, 0)
  const names = tables.map(({ name, formerName }) =>
    formerName === null ? name : `${name} (was ${formerName})`,
  )
  const line = {
    label: `${countOf(tables.length, 'table')}, ${countOf(rows, 'row')}`,
    text: firstOf(names, 100),
  }
  return {
    title: 'Tables without a changed row',
    block: { kind: 'lines', lines: [line] },
    isDetail: true,
  }
}
