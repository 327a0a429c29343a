import { createHash } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { DmError } from '../errors/dm-error.ts'

/** A form of a database in a file of this machine. */
export interface WrittenForm {
  readonly path: string
  /** Of the form's own bytes: 64 lower-case hex digits. */
  readonly sha256: string
  /** Its size. */
  readonly bytes: number
}

/**
 * Writes chunks to a new file, and hashes them on the way.
 *
 * @param file a path where nothing is
 * @throws DM_SCRATCH_UNUSABLE where the disk does not take it; what the chunks throw
 */
export function writeForm(chunks: AsyncIterable<Buffer>, file: string): Promise<WrittenForm>
/**
 * The same of `most` bytes at most: behind these, no more is read.
 *
 * @returns null: they would have been too many; nothing is left of them
 */
export function writeForm(
  chunks: AsyncIterable<Buffer>,
  file: string,
  most: number | undefined,
): Promise<WrittenForm | null>
export async function writeForm(
  chunks: AsyncIterable<Buffer>,
  file: string,
  most = Infinity,
): Promise<WrittenForm | null> {
  const handle = await orFail(file, open(file, 'wx', 0o600))
  let isKept = false
  try {
    const written = await writeAll(handle, file, chunks, most)
    isKept = written !== null
    return written
  } finally {
    await handle.close()
    if (!isKept) await rm(file, { force: true })
  }
}

async function writeAll(
  handle: FileHandle,
  file: string,
  chunks: AsyncIterable<Buffer>,
  most: number,
): Promise<WrittenForm | null> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > most) return null
    const writing = orFail(file, handle.writeFile(chunk))
    hash.update(chunk)
    await writing
  }
  return { path: file, sha256: hash.digest('hex'), bytes }
}

function orFail<Result>(file: string, work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const folder = path.dirname(file)
    throw new DmError('DM_SCRATCH_UNUSABLE', { folder, reason }, { cause: error })
  })
}
