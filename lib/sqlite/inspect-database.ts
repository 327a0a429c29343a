import { realpath } from 'node:fs/promises'
import { fileError, readFileIdentity, verifyUnchanged } from '../file-identity.ts'
import { formatBytes } from '../format/bytes.ts'
import { countRows } from './count-rows.ts'
import { quickCheck } from './quick-check.ts'
import { readSchema, type TableDefinition } from './read-schema.ts'
import type { SqliteOptions } from './run-sqlite.ts'
import type { DatabaseInspection, Table } from './types.ts'
import { verifyHeader } from './verify-header.ts'
import { verifyNoJournal } from './verify-no-journal.ts'

export interface InspectOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with what is being done. */
  readonly report?: ((what: string) => void) | undefined
}

/**
 * Checks that a file is a whole, undamaged database, and tells what is in it. The file is only
 * read, and nothing is written beside it. Broken foreign keys are the database's own affair.
 *
 * @throws as `verifyHeader`, `verifyNoJournal` and `runSqlite`; DM_DATABASE_DAMAGED;
 *   DM_FILE_CHANGED
 */
export async function inspectDatabase(
  file: string,
  { signal, report }: InspectOptions = {},
): Promise<DatabaseInspection> {
  const identity = await readFileIdentity(file)
  const { wal, ...header } = await verifyHeader(file)
  await verifyNoJournal(file)
  const real = await realpath(file).catch((error: unknown) => {
    throw fileError(file, error)
  })
  const options: SqliteOptions = { signal, immutable: wal }
  report?.(`checking ${formatBytes(header.bytes)}`)
  await quickCheck(real, options)
  const { schema, tables } = await readSchema(real, header.encoding, options)
  const counted = tables.filter(isCounted).map(({ name }) => name)
  report?.(`counting the rows of ${counted.length} tables`)
  const rows = await countRows(real, counted, options)
  // Another program may have written meanwhile, and then the parts do not fit together.
  await verifyNoJournal(file)
  await verifyUnchanged(file, identity)
  return { ...header, schema, tables: tables.map((table) => withRows(table, rows)) }
}

function withRows(table: TableDefinition, rows: ReadonlyMap<string, number | null>): Table {
  return { ...table, rows: rows.get(table.name) ?? null }
}

/** Counting the rows of a virtual table would run its module. */
function isCounted({ kind }: TableDefinition): boolean {
  return kind !== 'virtual'
}
