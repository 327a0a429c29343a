import { createHash, type Hash } from 'node:crypto'
import { rm, statfs, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { readChunks } from '../files/read-chunks.ts'
import { openPartial, verifyStillThere, writeFailure, writeFully } from './partial-file.ts'
import type { RequestOptions } from './store.ts'

export interface FillOptions extends RequestOptions {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size that the file will have, in bytes. */
  readonly total: number
  /** Permissions of the file where it is made, before the umask; default: as of any new file. */
  readonly mode?: number | undefined
  /** Whether what a killed run has left is continued, as by default, or made anew. */
  readonly isContinued?: boolean | undefined
}

/** The bytes from `start` on, to the end; a piece is valid until the next one is asked for. */
type Read = (start: number) => AsyncIterable<Buffer>

/**
 * Fills a file in order, and hashes what is in it on the way: when it returns, the file has the hash and
 * is on the disk. Whatever else happens, the file holds the first of the bytes, and the next run goes on
 * behind them.
 *
 * @param differs the failure where the bytes have another hash; the file is then removed
 * @throws DM_DISK_FULL, DM_DESTINATION_UNUSABLE; what reading throws
 */
export async function fillPartial(
  file: string,
  options: FillOptions,
  read: Read,
  differs: (found: string) => DmError,
): Promise<void> {
  const first = await fillOnce(file, options, read)
  if (first.sha256 === options.sha256) return
  await rm(file, { force: true })
  if (first.start === 0) throw differs(first.sha256)
  // What a killed run left may be damaged: once more from the beginning.
  const again = await fillOnce(file, options, read)
  if (again.sha256 === options.sha256) return
  await rm(file, { force: true })
  throw differs(again.sha256)
}

/** @returns `start`: what a killed run had left, in bytes */
async function fillOnce(
  file: string,
  { total, mode = 0o666, isContinued = true, signal }: FillOptions,
  read: Read,
): Promise<{ sha256: string; start: number }> {
  const handle = await openPartial(file, mode)
  let offset = isContinued ? (await handle.stat()).size : 0
  try {
    if (!isContinued) await handle.truncate()
    const hash = createHash('sha256')
    const start = await continueFrom(handle, file, hash, signal)
    await verifyRoom(file, total - start)
    offset = start
    for await (const piece of read(start)) {
      const writing = writeFully(handle, piece, offset)
      hash.update(piece)
      await writing
      offset += piece.length
    }
    await handle.sync()
    await verifyStillThere(handle, file)
    return { sha256: hash.digest('hex'), start }
  } catch (error) {
    // Where nothing came, nothing could be continued.
    if (offset === 0) await rm(file, { force: true })
    if (signal?.aborted === true) throw error
    const failure = isSystemError(error) ? writeFailure(file, error) : error
    // Only this makes room again; after any other failure the next run continues.
    if (isDmError(failure, 'DM_DISK_FULL')) await rm(file, { force: true })
    throw failure
  } finally {
    await handle.close()
  }
}

function isSystemError(error: unknown): boolean {
  return !isDmError(error) && error instanceof Error && 'syscall' in error
}

/** Hashes what is there already; returns how many bytes that is. */
async function continueFrom(
  handle: FileHandle,
  file: string,
  hash: Hash,
  signal: AbortSignal | undefined,
): Promise<number> {
  let done = 0
  for await (const chunk of readChunks(handle, file, signal)) {
    hash.update(chunk)
    done += chunk.length
  }
  return done
}

/** A store may claim any size: what the disk has no room for is not begun. */
async function verifyRoom(file: string, bytes: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(path.dirname(file))
  // Some network file systems tell nothing.
  if (blocks > 0 && bytes > bavail * bsize) throw new DmError('DM_DISK_FULL', { file })
}
