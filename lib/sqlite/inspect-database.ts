import type { Environment } from '../config/define-config.ts'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { verifyUnchanged, type LocalFile } from '../files/file-identity.ts'
import { formatBytes, isOlder } from '../format/units.ts'
import { countRows } from './ask-tables.ts'
import { quickCheck, quickCheckTables } from './quick-check.ts'
import { readSchema, type SchemaObject, type Table, type TableDefinition } from './read-schema.ts'
import { sqliteVersion, type SqliteOptions } from './run-sqlite.ts'
import { readWriter, verifyHeader, type DatabaseHeader } from './verify-header.ts'
import { verifyNoJournal } from './verify-no-journal.ts'

/** What is in a database. */
export interface DatabaseInspection extends Omit<DatabaseHeader, 'wal'> {
  /** Every object, in the order of creation. */
  readonly schema: readonly SchemaObject[]
  /** By name, SQLite's own `sqlite_…` tables left out. */
  readonly tables: readonly Table[]
  /** Tables that use what only their own program has, such as a collation, so that SQLite could not check them. */
  readonly unchecked: readonly { readonly table: string; readonly reason: string }[]
}

export interface InspectOptions {
  /** Of the run: says where sqlite3 is. */
  readonly env: Environment
  readonly signal?: AbortSignal | undefined
  /** Called with what is being done. */
  readonly report?: ((what: string) => void) | undefined
}

/** How SQLite may answer to what only a newer one knows; damage can look the same. */
const perhapsNewer =
  /^(?:malformed database schema|file is not a database|unsupported file format|the file format versions)/

/**
 * Checks that a file is a whole, undamaged database, and tells what is in it. The file is only
 * read, and nothing is written beside it. Broken foreign keys are the database's own affair.
 *
 * @throws as `verifyHeader`, `verifyNoJournal` and `runSqlite`; DM_DATABASE_DAMAGED,
 *   DM_DATABASE_NEWER, DM_FILE_CHANGED
 */
export async function inspectDatabase(
  file: LocalFile,
  { env, signal, report }: InspectOptions,
): Promise<DatabaseInspection> {
  const { path, identity } = file
  // First: a transaction that was cut off can leave pages that the header does not know yet.
  await verifyNoJournal(path)
  // Another program may have written meanwhile, and then the parts do not fit together.
  const verifyStill = async (): Promise<void> => {
    await verifyNoJournal(path)
    await verifyUnchanged(path, identity)
  }
  try {
    const { wal, ...header } = await verifyHeader(file)
    const content = await readContent(path, header, { env, signal, immutable: wal }, report)
    await verifyStill()
    return { ...header, ...content }
  } catch (error) {
    const mayBeItsWork =
      isDmError(error, 'DM_DATABASE_DAMAGED') || isDmError(error, 'DM_SQLITE_FAILED')
    if (mayBeItsWork) await verifyStill()
    throw await orNewer(file, error, env)
  }
}

async function readContent(
  file: string,
  header: Omit<DatabaseHeader, 'wal'>,
  options: SqliteOptions,
  report: InspectOptions['report'],
): Promise<Pick<DatabaseInspection, 'schema' | 'tables' | 'unchecked'>> {
  report?.(`checking ${formatBytes(header.bytes)}`)
  const isChecked = await quickCheck(file, options)
  const { schema, tables } = await readSchema(file, header.encoding, options)
  const names = tables.filter(isRead).map(({ name }) => name)
  const refused = isChecked ? [] : await quickCheckTables(file, names, options)
  const unchecked = Array.from(refused, ([table, reason]) => ({ table, reason }))
  report?.(`counting the rows of ${names.length} tables`)
  const rows = await countRows(file, names, options)
  return { schema, tables: tables.map((table) => withRows(table, rows)), unchecked }
}

function withRows(table: TableDefinition, rows: ReadonlyMap<string, number | null>): Table {
  return { ...table, rows: rows.get(table.name) ?? null }
}

/** Reading a virtual table would run its module. */
function isRead({ kind }: TableDefinition): boolean {
  return kind !== 'virtual'
}

/** What is no damage but needs a newer SQLite, where the header says that one wrote the file. */
async function orNewer(file: LocalFile, error: unknown, env: Environment): Promise<unknown> {
  const reason = reasonOf(error)
  if (!perhapsNewer.test(reason)) return error
  const [writer, version] = await Promise.all([readWriter(file), sqliteVersion(env)])
  if (writer === null || version === undefined || !isOlder(version, writer)) return error
  const context = { file: file.path, writer, version, reason }
  return new DmError('DM_DATABASE_NEWER', context, { cause: error })
}

function reasonOf(error: unknown): string {
  if (isDmError(error, 'DM_DATABASE_DAMAGED')) return error.context.problems[0] ?? ''
  if (isDmError(error, 'DM_DATABASE_HEADER')) return error.context.problem
  return isDmError(error, 'DM_SQLITE_FAILED') ? error.context.reason : ''
}
