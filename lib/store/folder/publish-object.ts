import { link, mkdir, open, rm } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { DmError } from '../../errors/dm-error.ts'
import { locate, locateObject, TEMPORARY_FOLDER, type FolderContext } from './context.ts'
import { errorCode, folderError } from './folder-error.ts'
import { removeStaleFiles } from './remove-stale-files.ts'

/** Objects are never edited: not even by their owner by accident. */
const OBJECT_MODE = 0o444

/**
 * Lets `write` fill a temporary file and makes it an object in one step: whoever reads the key
 * sees nothing or the whole object, also after a crash. Never replaces anything.
 *
 * @param write fills the file at the given path, which does not exist yet
 * @returns false where the key was taken in the meantime
 */
export async function publishObject(
  context: FolderContext,
  key: string,
  write: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const file = await locateObject(context, key)
  const folder = await locate(context, TEMPORARY_FOLDER)
  const temporary = path.join(folder, randomUUID())
  try {
    await mkdir(folder, { recursive: true })
    await removeStaleFiles(folder)
    await write(temporary)
    await seal(temporary)
    await mkdir(path.dirname(file), { recursive: true })
    return await linkObject(context, temporary, file)
  } catch (error) {
    throw folderError(context, file, 'write', error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Makes the file read-only and waits until its bytes are on the disk. */
async function seal(temporary: string): Promise<void> {
  const handle = await open(temporary, 'r')
  try {
    await handle.chmod(OBJECT_MODE)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** link(2), unlike rename(2), fails where the name is taken. */
async function linkObject(
  context: FolderContext,
  temporary: string,
  file: string,
): Promise<boolean> {
  try {
    await link(temporary, file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return false
    // EPERM: what link(2) reports for a file system without hard links; the file is our own.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') {
      throw new DmError('DM_STORE_NO_LINKS', { location: context.location }, { cause: error })
    }
    throw error
  }
  await syncFolder(path.dirname(file))
  return true
}

/** Makes the new name survive a power failure. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
