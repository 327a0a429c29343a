import { lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** A run that still writes touches its file all the time; one that was killed does not. */
const STALE_AFTER_MS = 24 * 60 * 60 * 1000

/** Removes the temporary files that killed runs left behind, once they are a day old. */
export async function removeStaleFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name)
    const stats = await lstat(file).catch(() => null)
    const isStale = stats?.isFile() === true && Date.now() - stats.mtimeMs > STALE_AFTER_MS
    if (isStale) await rm(file, { force: true })
  }
}
