import { formatAge } from '../../lib/format/units.ts'
import { printableLine, formatTable } from '../../lib/format/text.ts'
import type { DatasetRow } from '../../lib/listing/dataset-rows.ts'
import { report } from '../../lib/graph/operation.ts'

/** The datasets as a table, with a column for each free field; as blocks where it is too wide. */
export const listReport = report({
  needs: ['datasets', 'asOf'],
  result: ({ datasets, asOf }) => ({ datasets, asOf }),
  text: ({ datasets, asOf }, { now, width }) => {
    const stale =
      asOf === null
        ? []
        : [`As of the last fetch, ${formatAge(asOf, now)}: git fetch brings what is new.`]
    if (datasets.length === 0) {
      const first = 'There are no datasets yet. Propose the first one: dm prepare NAME.sqlite FILE'
      return [first, ...stale].join('\n')
    }
    const fields = [...new Set(datasets.flatMap(freeFields))]
    const heading = ['NAME', 'BUCKET', 'LATEST', 'WHEN', 'SHA-256', ...fields, 'PENDING']
    const tables = [whenInFull, whenInShort].map((when) =>
      formatTable([heading, ...datasets.map((row) => cells(row, fields, when(row, now)))]),
    )
    const fits = (table: string): boolean => table.split('\n').every((line) => line.length <= width)
    const blocks = (): string =>
      datasets
        .map((row) => cells(row, fields, whenInShort(row, now)).map(printableLine))
        .map(([name = '', ...rest]) => [name, ...rest.flatMap(labelled(heading))].join('\n'))
        .join('\n')
    return [tables.find(fits) ?? blocks(), ...stale].join('\n')
  },
})

const shown = new Set(['version', 'timestamp', 'sha256', 'bytes', 'commit', 'description'])

function freeFields({ latest }: DatasetRow): string[] {
  return Object.keys(latest ?? {}).filter((field) => !shown.has(field))
}

function cells(row: DatasetRow, fields: readonly string[], when: string): string[] {
  const { name, bucket, latest, pending, marked } = row
  const waiting = pending.map(({ version, branch }) =>
    branch === null ? version : `${version} on ${branch}`,
  )
  return [
    name,
    bucket,
    latest?.version ?? '-',
    when,
    latest?.sha256.slice(0, 12) ?? '',
    ...fields.map((field) => cellOf(latest?.[field])),
    [...(marked ? ['deletion'] : []), ...waiting].join(', '),
  ]
}

const whenInShort = ({ latest }: DatasetRow, now: Date): string =>
  latest === null ? '' : formatAge(latest.timestamp, now)

const whenInFull = (row: DatasetRow, now: Date): string =>
  row.latest === null ? '' : `${whenInShort(row, now)} (${row.latest.timestamp})`

/** A cell as a line with its heading; none where it is empty. */
function labelled(heading: readonly string[]): (cell: string, index: number) => string[] {
  const width = Math.max(...heading.map(({ length }) => length))
  return (cell, index) =>
    cell === '' ? [] : [`  ${(heading[index + 1] ?? '').toLowerCase().padEnd(width)}  ${cell}`]
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return 'N/A'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
