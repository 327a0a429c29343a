import { open, stat } from 'node:fs/promises'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { fileError } from '../files/file-identity.ts'

/**
 * Refuses a database beside which a write-ahead log or a hot rollback journal lies: the file alone
 * is then not what its programs see.
 *
 * @param file a path that is no link: they lie beside the real file
 * @throws DM_DATABASE_JOURNAL, DM_FILE_UNREADABLE
 */
export async function verifyNoJournal(file: string): Promise<void> {
  await refuse(file, `${file}-wal`, (bytes) => bytes > 0)
  await refuse(file, `${file}-journal`, async (bytes, journal) => bytes > 0 && isHot(journal))
}

async function refuse(
  file: string,
  journal: string,
  counts: (bytes: number, journal: string) => boolean | Promise<boolean>,
): Promise<void> {
  try {
    const stats = await stat(journal)
    // A pipe or a folder of that name is no journal, and reading it could block.
    if (!stats.isFile() || !(await counts(stats.size, journal))) return
    throw new DmError('DM_DATABASE_JOURNAL', { file, journal, bytes: stats.size })
  } catch (error) {
    if (isDmError(error)) throw error
    const failure = fileError(journal, error)
    if (failure.code !== 'DM_FILE_MISSING') throw failure
  }
}

/**
 * Whether a rollback journal has to be played back: one that was finished begins with a zero byte.
 * https://www.sqlite.org/fileformat2.html#the_rollback_journal
 */
async function isHot(journal: string): Promise<boolean> {
  const handle = await open(journal)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0)
    return bytesRead === 1 && buffer[0] !== 0
  } finally {
    await handle.close()
  }
}
