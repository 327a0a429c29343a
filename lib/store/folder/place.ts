import { createHash, randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import { RESERVED_FOLDER } from '../verify-key.ts'

/** Files that are being written; on the same file system as the objects. */
const TEMPORARY_FOLDER = `${RESERVED_FOLDER}/tmp`

/** Bits of a mode: those of the group, and the one that makes what is created belong to the folder's group. */
const GROUP = 0o070
const SETGID = 0o2000
const STICKY = 0o1000

/**
 * Absolute path of something inside a bucket's folder, none of whose existing parts, the folder
 * included, is a symbolic link: a link could lead outside.
 *
 * @throws DM_STORE_SYMLINK
 */
export async function locate(folder: string, relative: string): Promise<string> {
  let current = folder
  for (const segment of ['', ...relative.split('/')]) {
    current = path.join(current, segment)
    if (!(await verifyNoLink(folder, current))) break
  }
  return path.join(folder, relative)
}

/** Absolute path of an object's stamp: named by a hash, since keys can be longer than file names. */
export async function locateStamp(folder: string, key: string): Promise<string> {
  const name = createHash('sha256').update(key).digest('hex')
  return locate(folder, `${RESERVED_FOLDER}/stamps/${name.slice(0, 2)}/${name}.json`)
}

/**
 * Lets `write` fill a new temporary file, and `place` bring it to its name; it is gone afterwards.
 *
 * @throws the catalogue's failure, naming `file`, which is to be written
 */
export async function withTemporaryFile<Result>(
  folder: string,
  file: string,
  work: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const parent = await locate(folder, TEMPORARY_FOLDER)
  const temporary = path.join(parent, randomUUID())
  try {
    await makeFolder(parent)
    await makeFolder(path.dirname(file))
    return await work(temporary)
  } catch (error) {
    throw await writeError(folder, file, error)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Absolute path of the folder of temporary files. */
export function temporaryFolder(folder: string): Promise<string> {
  return locate(folder, TEMPORARY_FOLDER)
}

/**
 * Makes a folder and those above it. A group that shares the folder above shares the new one,
 * whatever the umask of whoever makes it.
 */
async function makeFolder(folder: string): Promise<void> {
  const parent = path.dirname(folder)
  try {
    await mkdir(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || parent === folder) throw error
    await makeFolder(parent)
    return makeFolder(folder)
  }
  const [above, made] = await Promise.all([stat(parent), stat(folder)])
  const isShared = above.gid === made.gid && (above.mode & STICKY) === 0
  const mode = made.mode | (above.mode & (GROUP | SETGID))
  if (isShared && mode !== made.mode) await chmod(folder, mode & 0o7777)
}

/** The mode of a new file in a folder: read-only, and readable for whom the folder is. */
export async function fileMode(folder: string): Promise<number> {
  return 0o400 | ((await stat(folder)).mode & 0o044)
}

/** Throws where this is a link; whether there is anything at all. */
async function verifyNoLink(folder: string, file: string): Promise<boolean> {
  try {
    const stats = await lstat(file)
    if (!stats.isSymbolicLink()) return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return false
    throw readError(folder, file, error)
  }
  throw new DmError('DM_STORE_SYMLINK', { location: folder, path: file })
}

/** The system's code of an error (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * The catalogue's failure for an error of the file system while reading. What is from the
 * catalogue already, or no error of the system, stays as it is.
 */
export function readError(location: string, file: string, error: unknown): unknown {
  return toFailure(location, file, 'read', error)
}

/** As `readError`; a missing permission is one of the folder that is there to write to. */
export async function writeError(location: string, file: string, error: unknown): Promise<unknown> {
  const isForbidden = ['EACCES', 'EPERM'].includes(errorCode(error) ?? '')
  return toFailure(location, isForbidden ? await findExisting(file) : file, 'write', error)
}

/** The nearest folder above a file that exists. */
async function findExisting(file: string): Promise<string> {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const exists = await stat(folder).catch(() => null)
    if (exists !== null || folder === path.dirname(folder)) return folder
  }
}

function toFailure(
  location: string,
  file: string,
  access: 'read' | 'write',
  error: unknown,
): unknown {
  const reason = errorCode(error)
  if (isDmError(error) || reason === undefined) return error
  const options = { cause: error }
  switch (reason) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DmError('DM_STORE_FULL', { location, path: file }, options)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new DmError('DM_STORE_PERMISSION', { location, path: file, access, reason }, options)
    default: {
      const action = `${access} '${file}'`
      return new DmError(
        'DM_STORE_FAILED',
        { location, action, reason: REASONS[reason] ?? reason },
        options,
      )
    }
  }
}

const IN_THE_WAY = "another object's folder or file is in the way"
const REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: IN_THE_WAY,
  EISDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  ENAMETOOLONG: 'a part of the key is longer than the file system allows',
}
