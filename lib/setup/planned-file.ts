import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'

/** A file that is to be made or completed. */
export interface PlannedFile {
  /** Relative to the data repository. */
  readonly path: string
  /** What is there now; null: nothing. */
  readonly before: Buffer | null
  /** What is to be there. */
  readonly content: Buffer
  /** What is new in it, for people. */
  readonly added: string
}

/** A file that is there, and stays as it is. */
export interface KeptFile {
  readonly path: string
  /** What it would have been given, where it is something else; null: it says all that is needed. */
  readonly wanted: string | null
}

/** Tells which of the two a file is. */
export function isPlanned(file: PlannedFile | KeptFile): file is PlannedFile {
  return 'content' in file
}

/** A file that is made where there is none, and else kept. */
export async function planNew(
  folder: string,
  file: string,
  text: string,
): Promise<PlannedFile | KeptFile> {
  const before = await readPlace(folder, file)
  const content = Buffer.from(text)
  if (before === null) return { path: file, before, content, added: text }
  return { path: file, wanted: before.equals(content) ? null : text }
}

/**
 * What is in the place of a file; null: nothing. Links are not followed: who asks for a file in a
 * folder does not mean one elsewhere.
 *
 * @param file relative to the folder
 * @throws DM_SETUP_IN_THE_WAY, DM_SETUP_INCOMPLETABLE
 */
export async function readPlace(folder: string, file: string): Promise<Buffer | null> {
  const parts = file.split('/')
  for (const count of parts.keys()) {
    const part = parts.slice(0, count + 1).join('/')
    const isWhole = count === parts.length - 1
    const what = await kindOf(path.join(folder, part))
    if (what === null) return null
    if (what === (isWhole ? 'a file' : 'a folder')) continue
    throw new DmError('DM_SETUP_IN_THE_WAY', { path: part, what })
  }
  return readFile(path.join(folder, file)).catch((cause: NodeJS.ErrnoException) => {
    const reason = `it cannot be read (${cause.code})`
    throw new DmError('DM_SETUP_INCOMPLETABLE', { path: file, reason }, { cause })
  })
}

async function kindOf(place: string): Promise<string | null> {
  const stats = await lstat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (stats === null) return null
  if (stats.isSymbolicLink()) return 'a link'
  return stats.isDirectory() ? 'a folder' : stats.isFile() ? 'a file' : 'no file'
}
