import { DmError } from '../errors/dm-error.ts'
import { fillPartial } from './fill-partial.ts'
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

/** How much is asked for at once, in bytes. */
const SEGMENT_BYTES = 8 * 1024 * 1024

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
  const { key, sha256 } = expected
  const { mode, signal, onNotice, onProgress } = options
  let receivedBytes = 0
  const read = (start: number): AsyncIterable<Buffer> => {
    let done = start
    return readSegments(store, key, planSegments(start, bytes, SEGMENT_BYTES), {
      total: bytes,
      signal,
      onNotice,
      onReceived(received) {
        receivedBytes += received
        done += received
        onProgress?.(Math.min(done, bytes), bytes)
      },
    })
  }
  await fillPartial(file, { sha256, total: bytes, mode, signal }, read, (found) => {
    const { location } = store
    return new DmError('DM_BYTES_RECEIVED_DIFFER', { location, key, expected: sha256, found })
  })
  return { bytes, receivedBytes }
}

/** The object's size, as the store says and the manifest agrees. */
export async function findSize(
  store: ReadableStore,
  { key, bytes }: Pick<ExpectedObject, 'key' | 'bytes'>,
  { signal }: RequestOptions = {},
): Promise<number> {
  const { location } = store
  const info = await store.head(key, { signal })
  if (info === null) throw new DmError('DM_STORE_NOT_FOUND', { location, key })
  if (bytes === undefined || bytes === info.bytes) return info.bytes
  const problem = `it has ${info.bytes} bytes, and the manifest says ${bytes}`
  throw new DmError('DM_STORE_MISMATCH', { location, key, problem })
}
