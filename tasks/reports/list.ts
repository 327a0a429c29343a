import { formatAge } from '../../lib/format/units.ts'
import { fits, formatBlocks, formatTable } from '../../lib/format/text.ts'
import type { DatasetRow } from '../../lib/listing/dataset-rows.ts'
import { report } from '../../lib/graph/operation.ts'

/** The datasets as a table, with a column for each free field; as blocks where it is too wide. */
export const listReport = report({
  needs: ['datasets', 'asOf'],
  result: ({ datasets, asOf }) => ({ datasets, asOf }),
  text: ({ datasets, asOf }, { now, width }) => {
    const stale = staleness(asOf, now)
    if (datasets.length === 0) {
      const first = 'There are no datasets yet. Propose the first one: dm prepare NAME.sqlite FILE'
      return [first, ...stale].join('\n')
    }
    const fields = [...new Set(datasets.flatMap(freeFields))]
    const heading = ['NAME', 'BUCKET', 'LATEST', 'WHEN', 'SHA-256', ...fields, 'PENDING']
    const rows = (when: typeof whenInFull): string[][] => [
      heading,
      ...datasets.map((row) => cells(row, fields, when(row, now))),
    ]
    const tables = [whenInFull, whenInShort].map((when) => formatTable(rows(when)))
    const table = tables.find((text) => fits(text, width))
    return [table ?? formatBlocks(rows(whenInShort), width), ...stale].join('\n')
  },
})

/** Of when it is, where that is not now. */
export function staleness(asOf: string | null, now: Date): string[] {
  if (asOf === null) return []
  return [`As of the last fetch, ${formatAge(asOf, now)}: git fetch brings what is new.`]
}

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
    latest?.version ?? 'none',
    when,
    latest?.sha256.slice(0, 12) ?? '',
    ...fields.map((field) => (latest === null ? '' : cellOf(latest[field]))),
    [...(marked ? ['deletion'] : []), ...waiting].join(', '),
  ]
}

const whenInShort = ({ latest }: DatasetRow, now: Date): string =>
  latest === null ? '' : formatAge(latest.timestamp, now)

const whenInFull = (row: DatasetRow, now: Date): string =>
  row.latest === null ? '' : `${whenInShort(row, now)} (${row.latest.timestamp})`

function cellOf(value: unknown): string {
  return value === undefined || value === null ? 'N/A' : fieldText(value)
}

/** The value of a free field, for people. */
export function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
