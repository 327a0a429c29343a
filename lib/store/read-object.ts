import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { freeBuffer } from '../files/free-buffer.ts'
import { pause } from './retry.ts'
import type { ReadableStore, RequestOptions } from './store.ts'

/** How often a broken stream is opened again without real progress in between. */
const MAX_REOPENINGS = 5
/** Bytes after which a connection counts as having made progress. */
const PROGRESS_BYTES = 4 * 1024 * 1024
/** How long a connection may take for `TRICKLE_BYTES`, in ms, before it counts as broken. */
const SILENCE_MS = 20_000
/** Less than that in `SILENCE_MS` is as good as nothing. */
const TRICKLE_BYTES = 16 * 1024
/** After this time without progress, in ms, nothing is opened again. */
const PATIENCE_MS = 90_000

export interface ReadObjectOptions extends RequestOptions {
  /** The object's size in bytes, where it is known; else it is looked up. */
  readonly bytes?: number | undefined
  /** The first byte to read; default 0. */
  readonly start?: number | undefined
  /** Default 20 s. */
  readonly silenceMs?: number | undefined
}

export interface HashObjectOptions extends RequestOptions {
  /** The object's size in bytes, where it is known; else it is looked up. */
  readonly bytes?: number | undefined
  /** Called with the bytes hashed so far, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Reads a whole object and computes its SHA-256: what lies in the store, whatever its stamp says.
 *
 * @returns 64 lower-case hex digits, and the size in bytes
 * @throws as `readObject`
 */
export async function hashObject(
  store: ReadableStore,
  key: string,
  { signal, bytes, onProgress }: HashObjectOptions = {},
): Promise<{ sha256: string; bytes: number }> {
  const total = bytes ?? (await findSize(store, key, signal))
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of readObject(store, key, { signal, bytes: total })) {
    hash.update(chunk)
    done += chunk.length
    onProgress?.(done, total)
    freeBuffer(chunk, chunk.length)
  }
  return { sha256: hash.digest('hex'), bytes: done }
}

/**
 * The bytes of a whole object, chunk by chunk. Where the connection breaks or falls silent, the
 * object is opened again at the byte that comes next.
 *
 * @throws DM_STORE_NOT_FOUND, DM_STORE_UNAVAILABLE after too many breaks, DM_STORE_MISMATCH where
 *   there are more bytes than the object has; the signal's reason when aborted
 */
export async function* readObject(
  store: ReadableStore,
  key: string,
  { signal, bytes, start = 0, silenceMs }: ReadObjectOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const end = bytes ?? (await findSize(store, key, signal))
  const place = { location: store.location, key }
  const open = async (offset: number): Promise<Readable> => {
    const body = await store.open(key, { start: offset, signal })
    if (bytes === undefined || (body.total ?? bytes) === bytes) return body
    body.destroy()
    throw mismatch(place, `it has ${body.total} bytes instead of ${bytes}`)
  }
  yield* readOn(place, open, { start, end, signal, silenceMs })
}

interface ReadOnOptions extends RequestOptions {
  readonly start: number
  /** The byte behind the last one. */
  readonly end: number
  readonly silenceMs?: number | undefined
}

/**
 * The bytes from `start` to `end` of what is opened at the byte that comes next as often as it breaks
 * or falls silent.
 *
 * @param open the bytes from there on
 * @throws as `readObject`
 */
export async function* readOn(
  place: { readonly location: string; readonly key: string },
  open: (offset: number) => Promise<Readable>,
  { start, end, signal, silenceMs = SILENCE_MS }: ReadOnOptions,
): AsyncGenerator<Buffer, void, undefined> {
  let offset = start
  let progress = { offset: start, time: Date.now() }
  let failures = 0
  while (offset < end) {
    try {
      for await (const chunk of watch(await open(offset), silenceMs)) {
        offset += chunk.length
        if (offset > end) throw mismatch(place, `it has more than ${end} bytes`)
        yield chunk
      }
      if (offset < end) throw new Error(`the connection ended after ${offset} of ${end} bytes`)
    } catch (error) {
      signal?.throwIfAborted()
      if (!isBroken(error)) throw error
      if (offset - progress.offset >= PROGRESS_BYTES) {
        failures = 0
        progress = { offset, time: Date.now() }
      }
      failures++
      const isHopeless = Date.now() - progress.time > PATIENCE_MS
      if (failures > MAX_REOPENINGS || isHopeless) throw unavailable(place, error)
      await pause(failures, signal)
    }
  }
}

/** The chunks of a stream; fails where hardly a byte comes for long. Time in the consumer is not counted. */
async function* watch(
  stream: Readable,
  silenceMs: number,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let waited = 0
  let received = 0
  try {
    for (;;) {
      const began = Date.now()
      const timer = setTimeout(
        () => stream.destroy(new Error(`hardly a byte for ${silenceMs / 1000} s`)),
        silenceMs - waited,
      )
      const next = await chunks.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      waited += Date.now() - began
      received += next.value.length
      if (received >= TRICKLE_BYTES) {
        waited = 0
        received = 0
      }
      yield next.value
    }
  } finally {
    stream.destroy()
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

function unavailable({ location }: { readonly location: string }, error: unknown): DmError {
  if (isDmError(error, 'DM_STORE_UNAVAILABLE')) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new DmError('DM_STORE_UNAVAILABLE', { location, reason }, { cause: error })
}

function mismatch(
  place: { readonly location: string; readonly key: string },
  problem: string,
): DmError {
  return new DmError('DM_STORE_MISMATCH', { ...place, problem })
}
