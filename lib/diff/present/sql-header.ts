import { printableLine } from '../../format/text.ts'
import type { ChangeSample, DatabaseDiff, RowSample, TableDiff } from '../types.ts'
import { describeDiff, isChanged } from './describe-diff.ts'
import { countOf, cut } from './outline.ts'
import { outlineText } from './text.ts'
import { showCell, showKey } from './values.ts'

export interface HeaderOptions {
  /** What is compared, in a line. */
  readonly title: string
  /** Whether the statements follow; else the first rows of each table, as comments. */
  readonly withSql: boolean
}

const WIDTH = 100
const LONGEST_LINE = 160
const MOST_LINES = 200

/**
 * The head of a stored diff: SQL comments to the end of the line, so that nothing in a name or value
 * can end them.
 */
export function sqlHeader(diff: DatabaseDiff, { title, withSql }: HeaderOptions): string {
  const lines = [
    printableLine(title),
    '',
    ...outlineText(describeDiff(diff), { width: WIDTH, most: MOST_LINES }),
    '',
    ...proofLines(diff, withSql),
    ...(withSql ? [] : sampleLines(diff.tables)),
  ]
  return `${lines.map(comment).join('\n')}\n`
}

function comment(line: string): string {
  return `-- ${line}`.trimEnd()
}

/** What the statements are worth, or why there are none. */
export function proofLines({ sql }: Pick<DatabaseDiff, 'sql'>, withSql: boolean): string[] {
  if (sql === null) return []
  if ('reason' in sql) return [`There is no SQL: ${printableLine(sql.reason)}.`]
  if (sql.bytes === 0) return ['Nothing is to be applied.']
  const proof =
    sql.proof === 'applied'
      ? 'Proved: applied to a copy of the old database it gives the new one, compared whole.'
      : 'Proved: what was touched, and the counts of rows; the SQL was not applied to a copy.'
  if (withSql) return [proof, 'To apply it to a copy of the old database: sqlite3 COPY < THIS-FILE']
  const long = `The SQL has ${countOf(sql.lines, 'line')}: too long to be kept here.`
  return [proof, `${long} To write it: dm diff OLD NEW --format sql`]
}

/** The first rows of each table. */
function sampleLines(tables: readonly TableDiff[]): string[] {
  return tables.filter(isChanged).flatMap((table) => {
    const rows = [
      ...table.vanished.map((row) => `- ${showRow(row)}`),
      ...table.appeared.map((row) => `+ ${showRow(row)}`),
      ...table.changed.map((row) => `~ ${showChange(row)}`),
    ]
    if (rows.length === 0) return []
    const total = table.inserted + table.updated + table.deleted
    const title =
      rows.length < total
        ? `The first ${rows.length} of ${countOf(total, 'row')}`
        : countOf(total, 'row')
    const lines = rows.map((row) => `  ${cut(printableLine(row), LONGEST_LINE)}`)
    return ['', `${printableLine(table.name)}: ${title}`].concat(lines)
  })
}

function showRow({ values }: RowSample): string {
  return values.map(({ column, cell }) => `${column}=${showCell(cell)}`).join(', ')
}

function showChange({ key, values }: ChangeSample): string {
  const changes = values.map(
    ({ column, before, after }) => `${column}: ${showCell(before)} → ${showCell(after)}`,
  )
  return `${showKey({ key })} ${changes.join(', ')}`
}
