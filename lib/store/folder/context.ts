import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../../errors/dm-error.ts'
import { RESERVED_FOLDER, verifyKey } from '../verify-key.ts'
import { errorCode, folderError } from './folder-error.ts'

/** Where one bucket of a folder store lies. */
export interface FolderContext {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** Absolute path of the bucket's folder. */
  readonly folder: string
  /** The same, for messages. */
  readonly location: string
  /** Stamped on what is written. */
  readonly repository: string
}

/** Folder for files that are being written; on the same file system as the objects. */
export const TEMPORARY_FOLDER = `${RESERVED_FOLDER}/tmp`

/**
 * Absolute path of an object's file.
 *
 * @throws DM_STORE_KEY, DM_STORE_SYMLINK
 */
export async function locateObject(context: FolderContext, key: string): Promise<string> {
  verifyKey(key)
  return locate(context, key)
}

/** Absolute path of an object's stamp: named by a hash, since keys can be longer than file names. */
export async function locateStamp(context: FolderContext, key: string): Promise<string> {
  const name = createHash('sha256').update(key).digest('hex')
  return locate(context, `${RESERVED_FOLDER}/stamps/${name.slice(0, 2)}/${name}.json`)
}

/**
 * Absolute path of something inside the bucket's folder, none of whose existing parts, the
 * bucket's folder included, is a symbolic link: a link could lead outside.
 */
export async function locate(context: FolderContext, relative: string): Promise<string> {
  let current = context.folder
  for (const segment of ['', ...relative.split('/')]) {
    current = path.join(current, segment)
    if (!(await verifyNoLink(context, current))) break
  }
  return path.join(context.folder, relative)
}

/** Throws where this is a link; whether there is anything at all. */
async function verifyNoLink(context: FolderContext, file: string): Promise<boolean> {
  const { location } = context
  try {
    const stats = await lstat(file)
    if (stats.isSymbolicLink()) throw new DmError('DM_STORE_SYMLINK', { location, path: file })
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw folderError(context, file, 'read', error)
  }
}
