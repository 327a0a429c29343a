import { constants } from 'node:fs'
import { access, lstat, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'
import { verifyNothingStale } from './verify-nothing-stale.ts'

/** Where a pulled file goes. */
export interface Destination {
  /** Absolute path of the file; never a symbolic link. */
  readonly path: string
  /** Whether a file is there already. */
  readonly exists: boolean
}

/**
 * Finds and checks the destination before anything is received.
 *
 * @param cwd where a relative path starts
 * @param output a file, or an existing folder; undefined: the current folder
 * @param name the file's name in a folder
 * @throws DM_DESTINATION_UNUSABLE; DM_DESTINATION_STALE where a write-ahead log or journal of an
 *   old database lies beside it
 */
export async function chooseDestination(
  cwd: string,
  output: string | undefined,
  name: string,
): Promise<Destination> {
  const given = path.resolve(cwd, output ?? '.')
  const wantsFolder = output === undefined || /[/\\]$/.test(output)
  const inFolder = wantsFolder || (await kindOf(given)) === 'folder'
  const file = await realPathOf(inFolder ? path.join(given, name) : given)
  const kind = await kindOf(file)
  if (kind === 'folder') throw unusable(file, 'a folder of that name is there')
  if (kind === 'other') throw unusable(file, 'it is not a regular file')
  const folder = path.dirname(file)
  if ((await kindOf(folder)) !== 'folder') throw unusable(file, `there is no folder ${folder}`)
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw unusable(file, `the folder ${folder} cannot be written to`, error)
  })
  await verifyNothingStale(file)
  return { path: file, exists: kind === 'file' }
}

/** A link's target is written, not the link replaced. */
async function realPathOf(file: string): Promise<string> {
  const real = await realpath(file).catch(() => null)
  if (real !== null) return real
  const found = await lstat(file).catch(() => null)
  if (found?.isSymbolicLink()) throw unusable(file, 'it is a symbolic link that leads nowhere')
  return file
}

async function kindOf(file: string): Promise<'file' | 'folder' | 'other' | 'none'> {
  const stats = await stat(file).catch(() => null)
  if (stats === null) return 'none'
  if (stats.isDirectory()) return 'folder'
  return stats.isFile() ? 'file' : 'other'
}

function unusable(file: string, reason: string, cause?: unknown): DmError {
  return new DmError('DM_DESTINATION_UNUSABLE', { file, reason }, { cause })
}
