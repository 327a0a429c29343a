import type { SchemaChange } from '../types.ts'
import { countOf, cut, firstOf, type Line } from './outline.ts'

const LONGEST_DECLARATION = 100
/** So many names are listed in a line. */
const MOST_NAMES = 8

/**
 * The changes of a schema in words, the same change of several tables in one line: what is gone or
 * renamed first, then what is new, then what changed.
 */
export function schemaLines(changes: readonly SchemaChange[]): Line[] {
  const groups = new Map<string, SchemaChange[]>()
  for (const change of changes) {
    const id = idOf(change)
    groups.set(id, [...(groups.get(id) ?? []), change])
  }
  return [...groups.values()].toSorted((a, b) => rank(a) - rank(b)).map(toLine)
}

const ranks: Readonly<Record<SchemaChange['change'], number>> = {
  removed: 0,
  renamed: 1,
  added: 2,
  changed: 3,
}

function rank([first]: readonly SchemaChange[]): number {
  if (first === undefined) return 9
  // A table weighs more than its columns.
  return ranks[first.change] + (first.object === 'table' && first.change !== 'changed' ? 0 : 0.5)
}

/** Equal for changes that are told in one line. */
function idOf({ change, object, name, formerName, before, after }: SchemaChange): string {
  if (object === 'table' && change === 'changed') return 'declarations of tables'
  if (object !== 'column') return JSON.stringify([change, object, name, formerName])
  return JSON.stringify([change, object, name, formerName, before, after])
}

function toLine(group: readonly SchemaChange[]): Line {
  const [first] = group
  if (first === undefined) return { label: '', text: '' }
  const { change, object, name, formerName, before, after } = first
  if (object === 'pragma') {
    return { label: name, text: `${before ?? 'none'} → ${after ?? 'none'}` }
  }
  if (object === 'table' && change === 'changed') {
    const names = group.map((one) => one.name)
    const text = `declared anew (columns, keys, constraints or their order): ${firstOf(names, MOST_NAMES)}`
    return { label: countOf(group.length, 'table'), text }
  }
  const declared = (text: string | null): string =>
    text === null ? '' : `: ${cut(text, LONGEST_DECLARATION)}`
  const subject = object === 'column' ? { label: `column ${name}` } : { label: `${object} ${name}` }
  const where = whereOf(group, object)
  switch (change) {
    case 'added':
      return { ...subject, text: `added${where}${object === 'table' ? '' : declared(after)}` }
    case 'removed':
      return { ...subject, text: `removed${where}${object === 'table' ? '' : declared(before)}` }
    case 'renamed':
      return { ...subject, text: `renamed, formerly ${formerName ?? ''}${where}` }
    default:
      return {
        ...subject,
        text: `changed${where}: ${cut(before ?? 'none', LONGEST_DECLARATION)} → ${cut(after ?? 'none', LONGEST_DECLARATION)}`,
      }
  }
}

function whereOf(group: readonly SchemaChange[], object: SchemaChange['object']): string {
  const tables = group.flatMap(({ table }) => (table === null ? [] : [table]))
  const [first] = tables
  if (first === undefined) return ''
  const preposition = object === 'column' ? 'of' : 'on'
  if (tables.length === 1) return ` (${preposition} ${first})`
  return ` (${preposition} ${countOf(tables.length, 'table')}: ${firstOf(tables, MOST_NAMES)})`
}
