import { lstat, open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { writeFailure } from './write-failure.ts'

/** Beside the destination, so that it can take its place; found again by the content it will have. */
export function partialPath(file: string, sha256: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${sha256.slice(0, 8)}.partial`)
}

/**
 * Opens the file that receives, with what a killed run left in it.
 *
 * @throws DM_DESTINATION_UNUSABLE, DM_DISK_FULL
 */
export async function openPartial(partial: string): Promise<FileHandle> {
  const found = await lstat(partial).catch(() => null)
  // A link would be written through, and a pipe would block.
  if (found?.isFile() === false) {
    const reason = `${partial} is in the way`
    throw new DmError('DM_DESTINATION_UNUSABLE', { file: partial, reason })
  }
  return open(partial, found === null ? 'wx+' : 'r+', 0o644).catch((error: unknown) => {
    throw writeFailure(partial, error)
  })
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
export async function verifyStillThere(handle: FileHandle, partial: string): Promise<void> {
  const ours = await handle.stat({ bigint: true })
  const there = await lstat(partial, { bigint: true }).catch(() => null)
  if (there?.ino === ours.ino && there.dev === ours.dev) return
  const reason = 'another dm pull writes to the same place'
  throw new DmError('DM_DESTINATION_UNUSABLE', { file: partial, reason })
}
