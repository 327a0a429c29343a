import { fits, formatBlocks, formatTable, printableLine, wrap } from '../../lib/format/text.ts'
import { formatAge, formatBytes } from '../../lib/format/units.ts'
import { report } from '../../lib/graph/operation.ts'
import type { LoggedVersion } from '../../lib/listing/version-log.ts'
import { PENDING } from '../../lib/manifest/status.ts'
import { fieldText, staleness } from './list.ts'

/**
 * The versions as a table; on a terminal that is too narrow, with the descriptions in lines of their
 * own, then as blocks.
 */
export const logReport = report({
  needs: ['log', 'asOf'],
  result: ({ log, asOf }) => ({ ...log, asOf }),
  text: ({ dataset, bucket, marked, versions, asOf }, { now, width }) => {
    const published = versions.filter(({ pending }) => !pending).length
    const mark = marked ? ', marked for deletion as a whole' : ''
    const count = `${published} published version${published === 1 ? '' : 's'}`
    const title = wrap(
      `${printableLine(dataset)} in '${printableLine(bucket)}': ${count}${mark}`,
      width,
      0,
    )
    const table = tableOf(
      versions,
      ({ timestamp }) => `${formatAge(timestamp, now)} (${timestamp})`,
    )
    const short = tableOf(versions, ({ timestamp }) => formatAge(timestamp, now))
    const choices = [
      () => formatTable(joined(table)),
      () => formatTable(joined(short)),
      () => withLines(short, width),
    ].values()
    const found = choices.map((choice) => choice()).find((text) => fits(text, width))
    const list = found ?? formatBlocks(joined(short), width)
    return [title, list, ...staleness(asOf, now)].join('\n')
  },
})

const named =
  'version timestamp sha256 bytes commit description pending branch marked rollbackOf proposedBy mergedBy mergedAt'
const shown = new Set(named.split(' '))

const headings = [
  'VERSION',
  'WHEN',
  'SIZE',
  'SHA-256',
  'COMMIT',
  'PROPOSED BY',
  'MERGED BY',
  'STATE',
]

/** The heading and the rows; of each the short cells, and those that may be of any length. */
type Table = readonly { readonly cells: string[]; readonly long: string[] }[]

/** Columns that are empty throughout are left out. */
function tableOf(versions: readonly LoggedVersion[], when: (row: LoggedVersion) => string): Table {
  const fields = [...new Set(versions.flatMap((row) => Object.keys(row)))].filter(
    (field) => !shown.has(field) && versions.some((row) => row[field] != null),
  )
  const rows = versions.map((row) => ({
    cells: [
      row.version,
      when(row),
      row.bytes === undefined ? '' : formatBytes(row.bytes),
      row.sha256.slice(0, 12),
      row.pending ? '' : row.commit,
      row.proposedBy ?? '',
      row.mergedBy ?? '',
      stateOf(row),
    ],
    long: [...fields.map((field) => fieldText(row[field] ?? '')), descriptionOf(row)],
  }))
  const used = headings.map((_, column) => rows.some(({ cells }) => cells[column] !== ''))
  return [{ cells: headings, long: [...fields, 'DESCRIPTION'] }, ...rows].map(
    ({ cells, long }) => ({
      cells: cells.filter((_, column) => used[column]),
      long,
    }),
  )
}

const joined = (table: Table): string[][] => table.map(({ cells, long }) => [...cells, ...long])

function stateOf({ pending, branch, marked, rollbackOf }: LoggedVersion): string {
  const where = branch === null ? 'pending' : `proposed on ${branch}`
  return [
    ...(pending ? [where] : []),
    ...(marked ? ['to be deleted'] : []),
    ...(rollbackOf === null ? [] : [`rollback to ${rollbackOf}`]),
  ].join(', ')
}

/** What waits has none of its own as long as the publication has not given it one. */
function descriptionOf({ description }: LoggedVersion): string {
  return description === null || description === PENDING ? '' : description
}

/** A table with the long cells in lines below each row. */
function withLines(table: Table, width: number): string {
  const [heading = '', ...rows] = formatTable(table.map(({ cells }) => cells)).split('\n')
  const fields = table[0]?.long ?? []
  const below = rows.map((row, index) => {
    const cells = table[index + 1]?.long.map(printableLine) ?? []
    const lines = cells.map((cell, column) => {
      const isLast = column === cells.length - 1
      return cell === ''
        ? ''
        : `\n  ${wrap(isLast ? cell : `${fields[column]}: ${cell}`, width, 2)}`
    })
    return row + lines.toReversed().join('')
  })
  return [heading, ...below].join('\n')
}
