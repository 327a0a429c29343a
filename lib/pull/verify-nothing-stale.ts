import { stat } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'

/**
 * Refuses a destination beside which a write-ahead log or journal lies: SQLite would apply it to
 * the new database.
 *
 * @throws DM_DESTINATION_STALE
 */
export async function verifyNothingStale(file: string): Promise<void> {
  for (const suffix of ['-wal', '-journal']) {
    const beside = `${file}${suffix}`
    const found = await stat(beside).catch(() => null)
    if (found !== null && found.size > 0) {
      throw new DmError('DM_DESTINATION_STALE', { file, beside })
    }
  }
}
