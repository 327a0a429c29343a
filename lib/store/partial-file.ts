import { lstat, open, rm, type FileHandle } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'

/**
 * Opens the file that receives, with what a killed run left in it. A file that somebody else could
 * write to is not continued but made anew.
 *
 * @param mode permissions where it is made, before the umask
 * @throws DM_DESTINATION_UNUSABLE, DM_DISK_FULL
 */
export async function openPartial(file: string, mode: number): Promise<FileHandle> {
  const found = await lstat(file).catch(() => null)
  // A link would be written through, and a pipe would block.
  if (found?.isFile() === false) throw unusable(file, `${file} is in the way`)
  try {
    const isOurs = found?.nlink === 1 && found.uid === (process.geteuid?.() ?? found.uid)
    if (!isOurs) {
      await rm(file, { force: true })
      return await open(file, 'wx+', mode)
    }
    const handle = await open(file, 'r+')
    await handle.chmod(found.mode & mode)
    return handle
  } catch (error) {
    throw writeFailure(file, error)
  }
}

/** Writes all of the bytes: the system may take a part of them, as where the disk becomes full. */
export async function writeFully(
  handle: FileHandle,
  bytes: Buffer,
  position: number,
): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/**
 * Throws where the open file is no longer the one under that name: another pull to the same place
 * has moved or replaced it, and what lies there now may be incomplete.
 *
 * @throws DM_DESTINATION_UNUSABLE
 */
export async function verifyStillThere(handle: FileHandle, file: string): Promise<void> {
  const ours = await handle.stat({ bigint: true })
  const there = await lstat(file, { bigint: true }).catch(() => null)
  if (there?.ino === ours.ino && there.dev === ours.dev) return
  throw unusable(file, 'another dm pull writes to the same place')
}

/** The catalogue's failure for an error of the file system while writing a received file. */
export function writeFailure(file: string, error: unknown): DmError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DmError('DM_DISK_FULL', { file }, { cause: error })
  }
  return unusable(file, code, error)
}

function unusable(file: string, reason: string, cause?: unknown): DmError {
  return new DmError('DM_DESTINATION_UNUSABLE', { file, reason }, { cause })
}
