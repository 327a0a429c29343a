import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { DmError } from '../errors/dm-error.ts'
import type { DifferingRow } from './present/json.ts'
import { MOST_BYTES } from './rows/rows-file.ts'

/**
 * The rows that differ, by table, from the file that a comparison has written.
 *
 * @throws DM_DIFF_TOO_MANY
 */
export async function readRowsFile(file: string): Promise<Map<string, DifferingRow[]>> {
  const { size: bytes } = await stat(file)
  if (bytes > MOST_BYTES) throw new DmError('DM_DIFF_TOO_MANY', { row: null, most: MOST_BYTES })
  const tables = new Map<string, DifferingRow[]>()
  for await (const { table, ...row } of eachRow(file)) {
    const rows = tables.get(table) ?? []
    rows.push(row)
    tables.set(table, rows)
  }
  return tables
}

/** The same, one by one. */
export async function* eachRow(
  file: string,
): AsyncGenerator<DifferingRow & { readonly table: string }, void, undefined> {
  const input = createReadStream(file)
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line !== '') yield JSON.parse(line) as DifferingRow & { table: string }
  }
}
