import type { BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'

/** What tells whether a file is still the one, with the same content, that was looked at before. */
export interface FileIdentity {
  /** Size in bytes. */
  readonly size: number
  /** Time of the last change of the content, in nanoseconds since 1970. */
  readonly mtimeNs: bigint
  readonly ino: bigint
  readonly dev: bigint
}

/**
 * The identity of a regular file now.
 *
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE
 */
export async function readFileIdentity(file: string): Promise<FileIdentity> {
  const stats = await stat(file, { bigint: true }).catch((error: unknown) => {
    throw fileError(file, error)
  })
  return toIdentity(file, stats)
}

/**
 * Opens a regular file for reading, with its identity. The caller closes the handle.
 *
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE
 */
export async function openFile(
  file: string,
): Promise<{ handle: FileHandle; identity: FileIdentity }> {
  // A named pipe would block on opening: look first.
  await readFileIdentity(file)
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw fileError(file, error)
  })
  try {
    return { handle, identity: toIdentity(file, await handle.stat({ bigint: true })) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Throws where the file at this path is no longer the one with that identity: replaced, grown,
 * cut or written to.
 *
 * @throws DM_FILE_CHANGED, also where it is gone
 */
export async function verifyUnchanged(file: string, before: FileIdentity): Promise<void> {
  const now = await readFileIdentity(file).catch((error: unknown) => {
    throw new DmError('DM_FILE_CHANGED', { file }, { cause: error })
  })
  if (!isSameFile(now, before)) throw new DmError('DM_FILE_CHANGED', { file })
}

/** Whether two looks at a file saw the same file with the same content. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/** The catalogue's failure for an error of the file system while reading a local file. */
export function fileError(file: string, error: unknown): DmError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new DmError('DM_FILE_MISSING', { file }, { cause: error })
  }
  return new DmError('DM_FILE_UNREADABLE', { file, reason: code }, { cause: error })
}

function toIdentity(file: string, stats: BigIntStats): FileIdentity {
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a folder' : 'a pipe, socket or device'
    throw new DmError('DM_FILE_NOT_REGULAR', { file, kind })
  }
  const { size, mtimeNs, ino, dev } = stats
  return { size: Number(size), mtimeNs, ino, dev }
}
