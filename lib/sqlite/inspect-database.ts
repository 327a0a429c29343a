import { isDmError } from '../errors/dm-error.ts'
import { verifyUnchanged, type LocalFile } from '../files/file-identity.ts'
import { formatBytes } from '../format/bytes.ts'
import { countRows } from './count-rows.ts'
import { quickCheck } from './quick-check.ts'
import { readSchema, type TableDefinition } from './read-schema.ts'
import type { SqliteOptions } from './run-sqlite.ts'
import type { DatabaseHeader, DatabaseInspection, Table } from './types.ts'
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
  file: LocalFile,
  { signal, report }: InspectOptions = {},
): Promise<DatabaseInspection> {
  const { path, identity } = file
  // First: a transaction that was cut off can leave pages that the header does not know yet.
  await verifyNoJournal(path)
  const { wal, ...header } = await verifyHeader(file)
  const options: SqliteOptions = { signal, immutable: wal }
  // Another program may have written meanwhile, and then the parts do not fit together.
  const verifyStill = async (): Promise<void> => {
    await verifyNoJournal(path)
    await verifyUnchanged(path, identity)
  }
  try {
    const content = await readContent(path, header, options, report)
    await verifyStill()
    return { ...header, ...content }
  } catch (error) {
    const mayBeItsWork =
      isDmError(error, 'DM_DATABASE_DAMAGED') || isDmError(error, 'DM_SQLITE_FAILED')
    if (mayBeItsWork) await verifyStill()
    throw error
  }
}

async function readContent(
  file: string,
  header: Omit<DatabaseHeader, 'wal'>,
  options: SqliteOptions,
  report: InspectOptions['report'],
): Promise<Pick<DatabaseInspection, 'schema' | 'tables'>> {
  report?.(`checking ${formatBytes(header.bytes)}`)
  await quickCheck(file, options)
  const { schema, tables } = await readSchema(file, header.encoding, options)
  const counted = tables.filter(isCounted).map(({ name }) => name)
  report?.(`counting the rows of ${counted.length} tables`)
  const rows = await countRows(file, counted, options)
  return { schema, tables: tables.map((table) => withRows(table, rows)) }
}

function withRows(table: TableDefinition, rows: ReadonlyMap<string, number | null>): Table {
  return { ...table, rows: rows.get(table.name) ?? null }
}

/** Counting the rows of a virtual table would run its module. */
function isCounted({ kind }: TableDefinition): boolean {
  return kind !== 'virtual'
}
