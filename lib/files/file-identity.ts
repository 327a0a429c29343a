import { constants, type BigIntStats } from 'node:fs'
import { open, realpath, stat, type FileHandle } from 'node:fs/promises'
import { DmError } from '../errors/dm-error.ts'

const OTHER_KIND = 'a pipe, socket or device'

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

/** A regular file, open for reading. */
export interface LocalFile {
  /** Absolute, and no link: what belongs to the file lies beside this path. */
  readonly path: string
  readonly handle: FileHandle
  /** As it was when it was opened. */
  readonly identity: FileIdentity
}

/**
 * Opens a regular file for reading. The caller closes the handle.
 *
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE
 */
export async function openFile(file: string): Promise<LocalFile> {
  const { handle, path } = await openReal(file).catch((error: unknown) => {
    throw fileError(file, error)
  })
  try {
    return { path, handle, identity: toIdentity(file, await handle.stat({ bigint: true })) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Does something with an open file, and closes it. */
export async function withFile<Result>(
  file: string,
  work: (opened: LocalFile) => Promise<Result>,
): Promise<Result> {
  const opened = await openFile(file)
  try {
    return await work(opened)
  } finally {
    await opened.handle.close()
  }
}

async function openReal(file: string): Promise<{ handle: FileHandle; path: string }> {
  const path = await realpath(file)
  // Opening a named pipe would block until somebody writes to it.
  return { path, handle: await open(path, constants.O_RDONLY | constants.O_NONBLOCK) }
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
  if (code === 'ENXIO') {
    return new DmError('DM_FILE_NOT_REGULAR', { file, kind: OTHER_KIND }, { cause: error })
  }
  return new DmError('DM_FILE_UNREADABLE', { file, reason: code }, { cause: error })
}

function toIdentity(file: string, stats: BigIntStats): FileIdentity {
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a folder' : OTHER_KIND
    throw new DmError('DM_FILE_NOT_REGULAR', { file, kind })
  }
  const { size, mtimeNs, ino, dev } = stats
  return { size: Number(size), mtimeNs, ino, dev }
}
