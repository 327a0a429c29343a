import { createHash, type Hash } from 'node:crypto'
import { rm, statfs, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { readChunks } from '../files/read-chunks.ts'
import { openPartial, verifyStillThere, writeFailure, writeFully } from './partial-file.ts'
import { planSegments, readSegments } from './read-segments.ts'
import type { ReadableStore, RequestOptions } from './store.ts'

/** An object, and what is known of its content before a byte has come. */
export interface ExpectedObject {
  readonly key: string
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes; undefined: an old manifest does not tell. */
  readonly bytes: number | undefined
}

export interface ReceiveOptions extends RequestOptions {
  /** Called with the bytes that are here, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Called with a sentence for the user. */
  readonly onNotice?: ((sentence: string) => void) | undefined
  /** Permissions of the file where it is made, before the umask; default: as of any new file. */
  readonly mode?: number | undefined
}

/** How much is asked for at once, in bytes, and how many requests are under way. */
const SEGMENT_BYTES = 8 * 1024 * 1024
const CONCURRENCY = 4

/** What came of it, in bytes. */
export interface Received {
  /** Size of the file. */
  readonly bytes: number
  /** What came from the store: less than `bytes` where a killed run had left some. */
  readonly receivedBytes: number
}

/**
 * Brings an object's bytes into a local file, several ranges at a time, and hashes them on the way: when
 * it returns, the file has the hash and is on the disk. What a killed run has left in the file is used
 * again. Never are more bytes written than the manifest tells, or than the disk has room for.
 *
 * @throws DM_BYTES_RECEIVED_DIFFER, with the file removed; DM_STORE_MISMATCH where the object's size
 *   is another; DM_DISK_FULL, DM_DESTINATION_UNUSABLE, DM_STORE_…
 */
export async function receiveObject(
  store: ReadableStore,
  expected: ExpectedObject,
  file: string,
  options: ReceiveOptions = {},
): Promise<Received> {
  // A size of the manifest needs no look: the first answer tells another one.
  const bytes = expected.bytes || (await findSize(store, expected, options))
  const first = await receiveOnce(store, expected.key, file, bytes, options)
  if (first.sha256 === expected.sha256) return { bytes, receivedBytes: first.received }
  await rm(file, { force: true })
  if (first.received === bytes) throw differs(store, expected, first.sha256)
  // What a killed run left may be damaged: once more from the beginning.
  const again = await receiveOnce(store, expected.key, file, bytes, options)
  if (again.sha256 === expected.sha256) {
    return { bytes, receivedBytes: first.received + again.received }
  }
  await rm(file, { force: true })
  throw differs(store, expected, again.sha256)
}

/** The object's size, as the store says and the manifest agrees. */
export async function findSize(
  store: ReadableStore,
  { key, bytes }: ExpectedObject,
  { signal }: RequestOptions = {},
): Promise<number> {
  const { location } = store
  const info = await store.head(key, { signal })
  if (info === null) throw new DmError('DM_STORE_NOT_FOUND', { location, key })
  if (bytes === undefined || bytes === info.bytes) return info.bytes
  const problem = `it has ${info.bytes} bytes, and the manifest says ${bytes}`
  throw new DmError('DM_STORE_MISMATCH', { location, key, problem })
}

async function receiveOnce(
  store: ReadableStore,
  key: string,
  file: string,
  total: number,
  { signal, onProgress, onNotice, mode = 0o666 }: ReceiveOptions,
): Promise<{ sha256: string; received: number }> {
  const handle = await openPartial(file, mode)
  let received = 0
  let written = 0
  const isNew = (await handle.stat()).size === 0
  try {
    const hash = createHash('sha256')
    const start = await continueFrom(handle, file, hash, signal)
    await verifyRoom(file, total - start)
    const pieces = readSegments(store, key, planSegments(start, total, SEGMENT_BYTES), {
      concurrency: CONCURRENCY,
      total,
      signal,
      onNotice,
      onReceived(bytes) {
        received += bytes
        onProgress?.(Math.min(start + received, total), total)
      },
    })
    for await (const piece of pieces) {
      const writing = writeFully(handle, piece, start + written)
      hash.update(piece)
      await writing
      written += piece.length
    }
    await handle.sync()
    await verifyStillThere(handle, file)
    return { sha256: hash.digest('hex'), received }
  } catch (error) {
    // Where nothing came, nothing could be continued.
    if (isNew && written === 0) await rm(file, { force: true })
    if (signal?.aborted === true) throw error
    const failure = isDmError(error) ? error : writeFailure(file, error)
    // Only this makes room again; after any other failure the next run continues.
    if (failure.code === 'DM_DISK_FULL') await rm(file, { force: true })
    throw failure
  } finally {
    await handle.close()
  }
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

function differs({ location }: ReadableStore, expected: ExpectedObject, found: string): DmError {
  const { key, sha256 } = expected
  return new DmError('DM_BYTES_RECEIVED_DIFFER', { location, key, expected: sha256, found })
}
