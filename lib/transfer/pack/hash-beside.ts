import { hashFile, type HashedFile, type HashFileOptions } from '../../files/hash-file.ts'
import type { LocalFile } from '../../files/file-identity.ts'
import { comparePages, type PageComparison } from '../delta/compare-pages.ts'

/**
 * Hashes an open database while its pages are compared with those of another one, side by side: both
 * files are read once.
 *
 * @returns `comparison`: null where one of the two is no database that can be compared
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason
 */
export async function hashBeside(
  file: LocalFile,
  base: string,
  { signal, onProgress }: HashFileOptions & { readonly signal: AbortSignal },
): Promise<{ readonly database: HashedFile; readonly comparison: PageComparison | null }> {
  const stop = new AbortController()
  // What is wrong with the database, others say; what is wrong with the base concerns nobody.
  const comparing = comparePages(base, file.path, AbortSignal.any([signal, stop.signal])).catch(
    () => null,
  )
  try {
    const database = await hashFile(file, { signal, onProgress })
    const comparison = await comparing
    signal.throwIfAborted()
    return { database, comparison }
  } finally {
    stop.abort()
    await comparing
  }
}
