import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { makeScratchUntil } from '../files/scratch.ts'
import { diffDatabases } from './diff-databases.ts'
import type { DatabaseDiff, DiffOptions } from './types.ts'

/** A database, and what people call it. */
export interface NamedDatabase {
  /** Nobody writes to it meanwhile. */
  readonly path: string
  readonly label: string
}

/** What is asked for besides how they differ. */
export interface Wishes extends Pick<DiffOptions, 'env' | 'signal' | 'report' | 'prove' | 'pages'> {
  /** The SQL. */
  readonly sql?: boolean
  /** All rows. */
  readonly rows?: boolean
}

export interface ComparedFiles {
  readonly diff: DatabaseDiff
  /** Where all rows that differ are, one JSON object a line; null: nobody asked for them. */
  readonly rowsFile: string | null
}

/**
 * How two databases differ.
 *
 * @param dispose is given what removes the files again that the result names
 * @throws DM_DATABASE_DAMAGED with the label; DM_SCRATCH_UNUSABLE; DM_DIFF_FAILED for what else goes
 *   wrong; the signal's reason
 */
export async function compareFiles(
  before: NamedDatabase,
  after: NamedDatabase,
  { sql = false, rows = false, ...options }: Wishes,
  dispose: (cleanUp: () => Promise<void>) => void,
): Promise<ComparedFiles> {
  const scratch = await makeScratchUntil(dispose)
  const rowsFile = rows ? path.join(scratch, 'rows.jsonl') : null
  try {
    const diff = await diffDatabases(before.path, after.path, {
      ...options,
      scratch,
      ...(sql ? { sqlFile: path.join(scratch, 'diff.sql') } : {}),
      ...(rowsFile === null ? {} : { rowsFile }),
    })
    return { diff, rowsFile }
  } catch (error) {
    options.signal?.throwIfAborted()
    const file = `${before.label}' or '${after.label}`
    if (isDmError(error, 'DM_DATABASE_DAMAGED')) {
      const { problems } = error.context
      throw new DmError('DM_DATABASE_DAMAGED', { file, problems }, { cause: error })
    }
    if (isDmError(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const labels = { before: before.label, after: after.label }
    throw new DmError('DM_DIFF_FAILED', { ...labels, reason }, { cause: error })
  }
}
