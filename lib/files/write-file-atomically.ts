import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { syncFolder } from './sync-folder.ts'

/**
 * Writes a file so that at any moment, also after a power failure, it has either its old content or
 * the new one. An existing file keeps its mode; of a symbolic link, the file it leads to is written.
 *
 * @throws DM_FILE_UNWRITABLE, with the file as it was and nothing left beside it
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
): Promise<void> {
  const real = await realpath(file).catch(() => path.resolve(file))
  const folder = path.dirname(real)
  const temporary = path.join(folder, `.${path.basename(real)}.${randomUUID()}.tmp`)
  try {
    await writeNew(temporary, content, await modeOf(real))
    await rename(temporary, real)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new DmError('DM_FILE_UNWRITABLE', { file, reason }, { cause: error })
  }
}

async function modeOf(file: string): Promise<number | undefined> {
  const stats = await stat(file).catch(() => undefined)
  return stats === undefined ? undefined : stats.mode & 0o7777
}

async function writeNew(
  file: string,
  content: string | Uint8Array,
  mode: number | undefined,
): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    await handle.writeFile(content)
    if (mode !== undefined) await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
