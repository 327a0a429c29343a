import { constants } from 'node:fs'
import { access, lstat, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { makeScratch } from '../files/scratch.ts'

/** Where a pulled file goes. */
export interface Destination {
  /** Absolute path of the file; never a symbolic link. Its folder may have to be made. */
  readonly path: string
  /** Whether a file is there already. */
  readonly exists: boolean
  /** It lies there only until it has gone to stdout. */
  readonly passing: boolean
}

/** How a system says that nothing is there; a link in a circle leads to nothing. */
const nothing = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'])

/**
 * Finds and checks the destination before anything is received.
 *
 * @param cwd where a relative path starts
 * @param output a file, or a folder: one that is there, or, with `/` at the end, one to be made;
 *   undefined: the current folder; `-`: stdout
 * @param name the file's name in a folder
 * @param dispose is given what removes the folder of what only passes
 * @throws DM_DESTINATION_UNUSABLE, DM_SCRATCH_UNUSABLE; DM_DESTINATION_STALE where a write-ahead log
 *   or journal of an old database lies beside it
 */
export async function chooseDestination(
  cwd: string,
  output: string | undefined = '.',
  name: string,
  dispose: (cleanUp: () => Promise<void>) => void,
): Promise<Destination> {
  if (output === '-') {
    // Whole and verified first: what has gone to stdout cannot be taken back.
    const scratch = await makeScratch()
    dispose(scratch.remove)
    return { path: path.join(scratch.path, name), exists: false, passing: true }
  }
  const given = path.resolve(cwd, output)
  const wantsFolder = /[/\\]$/.test(output)
  const inFolder = wantsFolder || (await kindOf(given)) === 'folder'
  const file = await realPathOf(inFolder ? path.join(given, name) : given)
  const kind = await kindOf(file)
  if (kind === 'folder') throw unusable(file, 'a folder of that name is there')
  if (kind === 'other') throw unusable(file, 'it is not a regular file')
  await verifyWritable(file, path.dirname(file), wantsFolder)
  await verifyNothingStale(file)
  return { path: file, exists: kind === 'file', passing: false }
}

/**
 * Refuses a destination beside which a write-ahead log or journal lies: SQLite would apply it to
 * the new database.
 *
 * @throws DM_DESTINATION_STALE
 */
export async function verifyNothingStale(file: string): Promise<void> {
  for (const suffix of ['-wal', '-journal']) {
    const beside = `${file}${suffix}`
    const found = await look(beside)
    if (found !== null && found.size > 0) {
      throw new DmError('DM_DESTINATION_STALE', { file, beside })
    }
  }
}

/** @param isMade whether the folder is made where there is none: then the nearest one above counts */
async function verifyWritable(file: string, folder: string, isMade: boolean): Promise<void> {
  const kind = await kindOf(folder)
  if (kind === 'none' && isMade) return verifyWritable(file, path.dirname(folder), isMade)
  if (kind !== 'folder') throw unusable(file, `there is no folder ${folder}`)
  await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw unusable(file, `the folder ${folder} cannot be written to`, error)
  })
}

/** A link's target is written, not the link replaced. */
async function realPathOf(file: string): Promise<string> {
  const real = await realpath(file).catch(() => null)
  if (real !== null) return real
  const found = await lstat(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENAMETOOLONG') throw unusable(file, 'the name is too long', error)
    return null
  })
  if (found?.isSymbolicLink()) throw unusable(file, 'it is a symbolic link that leads nowhere')
  return file
}

async function kindOf(file: string): Promise<'file' | 'folder' | 'other' | 'none'> {
  const found = await look(file)
  if (found === null) return 'none'
  if (found.isDirectory()) return 'folder'
  return found.isFile() ? 'file' : 'other'
}

/** What is there, or null; a place that cannot be looked at cannot be written to either. */
async function look(file: string): Promise<Awaited<ReturnType<typeof stat>> | null> {
  return stat(file).catch((error: unknown) => {
    const code = codeOf(error)
    if (nothing.has(code)) return null
    throw unusable(file, code, error)
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

function unusable(file: string, reason: string, cause?: unknown): DmError {
  return new DmError('DM_DESTINATION_UNUSABLE', { file, reason }, { cause })
}
