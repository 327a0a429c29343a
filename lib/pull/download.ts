import { createHash, type Hash } from 'node:crypto'
import { rename, rm, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { withFile } from '../files/file-identity.ts'
import { hashFile } from '../files/hash-file.ts'
import { readChunks } from '../files/read-chunks.ts'
import { readObject } from '../store/read-object.ts'
import type { ReadableStore } from '../store/store.ts'
import { syncFolder } from '../files/sync-folder.ts'
import type { Destination } from './destination.ts'
import { openPartial, partialPath, verifyStillThere, writeFully } from './partial-file.ts'
import { verifyNothingStale } from './verify-nothing-stale.ts'
import type { Wanted } from './wanted.ts'
import { writeFailure } from './write-failure.ts'

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** What came of a download, in bytes. */
export interface Downloaded {
  /** Size of the file. */
  readonly bytes: number
  /** What came over the network: 0 where the file was there already. */
  readonly receivedBytes: number
}

/**
 * Brings a version's bytes to their destination.
 *
 * They are received into a file beside it, which takes its place only when they are all there and
 * have the right hash; an old file survives every failure. What a killed run has received is used
 * again.
 *
 * @throws DM_BYTES_RECEIVED_DIFFER, DM_DISK_FULL, DM_DESTINATION_UNUSABLE, DM_DESTINATION_STALE,
 *   DM_STORE_…
 */
export async function download(
  store: ReadableStore,
  wanted: Wanted,
  destination: Destination,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { signal } = options
  if (destination.exists) {
    const present = await withFile(destination.path, (file) => hashFile(file, { signal }))
    if (present.sha256 === wanted.sha256) return { bytes: present.bytes, receivedBytes: 0 }
  }
  const info = await store.head(wanted.key, { signal })
  if (info === null) {
    throw new DmError('DM_STORE_NOT_FOUND', { location: store.location, key: wanted.key })
  }
  const partial = partialPath(destination.path, wanted.sha256)
  const first = await receive(store, wanted, partial, info.bytes, options)
  let { sha256 } = first
  let receivedBytes = first.received
  // What a killed run left may be damaged: once more from the beginning.
  if (sha256 !== wanted.sha256 && receivedBytes < info.bytes) {
    await rm(partial, { force: true })
    const again = await receive(store, wanted, partial, info.bytes, options)
    sha256 = again.sha256
    receivedBytes += again.received
  }
  if (sha256 !== wanted.sha256) {
    await rm(partial, { force: true })
    const { dataset, version } = wanted
    const { location } = store
    throw new DmError('DM_BYTES_RECEIVED_DIFFER', {
      dataset,
      version,
      location,
      expected: wanted.sha256,
      found: sha256,
    })
  }
  // A program may have opened the old database while the new one came.
  await verifyNothingStale(destination.path)
  await rename(partial, destination.path).catch((error: unknown) => {
    throw writeFailure(destination.path, error)
  })
  await syncFolder(path.dirname(destination.path))
  return { bytes: info.bytes, receivedBytes }
}

async function receive(
  store: ReadableStore,
  { key }: Wanted,
  partial: string,
  total: number,
  { signal, onProgress }: DownloadOptions,
): Promise<{ sha256: string; received: number }> {
  const handle = await openPartial(partial)
  try {
    const hash = createHash('sha256')
    const start = await continueFrom(handle, partial, hash, total, signal)
    let offset = start
    for await (const chunk of readObject(store, key, { signal, bytes: total, start })) {
      await writeFully(handle, chunk, offset)
      hash.update(chunk)
      offset += chunk.length
      onProgress?.(offset, total)
    }
    await handle.sync()
    await verifyStillThere(handle, partial)
    return { sha256: hash.digest('hex'), received: offset - start }
  } catch (error) {
    if (isDmError(error) || signal?.aborted === true) throw error
    const failure = writeFailure(partial, error)
    // Only this makes room again; after any other failure the next run continues.
    if (failure.code === 'DM_DISK_FULL') await rm(partial, { force: true })
    throw failure
  } finally {
    await handle.close()
  }
}

/** Hashes what is there already; returns how many bytes that is. */
async function continueFrom(
  handle: FileHandle,
  partial: string,
  hash: Hash,
  total: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { size } = await handle.stat()
  if (size > total) {
    await handle.truncate(0)
    return 0
  }
  let done = 0
  for await (const chunk of readChunks(handle, partial, signal)) {
    hash.update(chunk)
    done += chunk.length
  }
  return done
}
