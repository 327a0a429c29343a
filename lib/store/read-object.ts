import { DmError, isDmError } from '../errors/dm-error.ts'
import { pause } from './retry.ts'
import type { ReadableStore } from './store.ts'

/** How often a broken stream is opened again without real progress in between. */
const MAX_REOPENINGS = 5
/** Bytes after which a connection counts as having made progress. */
const PROGRESS_BYTES = 4 * 1024 * 1024

export interface ReadObjectOptions {
  readonly signal?: AbortSignal | undefined
  /** The object's size in bytes, where it is known; else it is looked up. */
  readonly bytes?: number | undefined
  /** The first byte to read; default 0. */
  readonly start?: number | undefined
}

/**
 * The bytes of a whole object, chunk by chunk. Where the connection breaks, the object is opened
 * again at the byte that comes next.
 *
 * @throws DM_STORE_NOT_FOUND, DM_STORE_UNAVAILABLE after too many breaks, DM_STORE_MISMATCH where
 *   there are more bytes than the object has; the signal's reason when aborted
 */
export async function* readObject(
  store: ReadableStore,
  key: string,
  { signal, bytes, start = 0 }: ReadObjectOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const total = bytes ?? (await findSize(store, key, signal))
  let offset = start
  let lastProgress = start
  let failures = 0
  while (offset < total) {
    try {
      const stream = await store.open(key, { start: offset, signal })
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        offset += chunk.length
        if (offset > total) throw mismatch(store, key, `it has more than ${total} bytes`)
        yield chunk
      }
      if (offset < total) throw new Error(`the connection ended after ${offset} of ${total} bytes`)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isBroken(error)) throw error
      if (offset - lastProgress >= PROGRESS_BYTES) failures = 0
      lastProgress = offset
      failures++
      if (failures > MAX_REOPENINGS) throw unavailable(store, error)
      await pause(failures, signal)
    }
  }
}

async function findSize(store: ReadableStore, key: string, signal?: AbortSignal): Promise<number> {
  const info = await store.head(key, { signal })
  if (info === null) throw new DmError('DM_STORE_NOT_FOUND', { location: store.location, key })
  return info.bytes
}

/** Streams break with errors of the system or of node; failures from the catalogue are final. */
function isBroken(error: unknown): boolean {
  return isDmError(error) ? error.code === 'DM_STORE_UNAVAILABLE' : error instanceof Error
}

function unavailable(store: ReadableStore, error: unknown): DmError {
  if (isDmError(error, 'DM_STORE_UNAVAILABLE')) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new DmError('DM_STORE_UNAVAILABLE', { location: store.location, reason }, { cause: error })
}

function mismatch(store: ReadableStore, key: string, problem: string): DmError {
  return new DmError('DM_STORE_MISMATCH', { location: store.location, key, problem })
}
