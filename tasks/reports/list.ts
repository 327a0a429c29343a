import { formatAge } from '../../lib/format/age.ts'
import { formatTable } from '../../lib/format/table.ts'
import type { DatasetRow } from '../../lib/listing/dataset-rows.ts'
import { report } from '../../lib/operation/report.ts'

/** The datasets as a table, with a column for each free field. */
export const listReport = report({
  needs: ['datasets'],
  result: ({ datasets }) => ({ datasets }),
  text: ({ datasets }, { now }) => {
    if (datasets.length === 0) {
      return 'There are no datasets yet. Propose the first one: dm prepare NAME.sqlite FILE'
    }
    const fields = [...new Set(datasets.flatMap(freeFields))]
    const heading = ['NAME', 'BUCKET', 'LATEST', 'WHEN', 'SHA-256', ...fields, 'PENDING']
    return formatTable([heading, ...datasets.map((row) => cells(row, fields, now))])
  },
})

const shown = new Set(['version', 'timestamp', 'sha256', 'bytes', 'commit', 'description'])

function freeFields({ latest }: DatasetRow): string[] {
  return Object.keys(latest ?? {}).filter((field) => !shown.has(field))
}

function cells(row: DatasetRow, fields: readonly string[], now: Date): string[] {
  const { name, bucket, latest, pending, marked } = row
  const waiting = marked ? ['deletion'] : pending.map(({ version }) => version)
  const when = latest === null ? '' : `${formatAge(latest.timestamp, now)} (${latest.timestamp})`
  return [
    name,
    bucket,
    latest?.version ?? '-',
    when,
    latest?.sha256.slice(0, 12) ?? '',
    ...fields.map((field) => cellOf(latest?.[field])),
    waiting.join(', '),
  ]
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return 'N/A'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
