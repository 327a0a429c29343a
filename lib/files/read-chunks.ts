import type { FileHandle } from 'node:fs/promises'
import { fileError, openFile } from './file-identity.ts'

/** Large enough that the cost per read vanishes, small enough to stay in the processor's cache. */
const BUFFER_BYTES = 1024 * 1024

/**
 * The buffers of readings that are over, for the next: a file that is sent in parts is read from many
 * places, and memory that the collector has yet to see would grow with it.
 */
const free: [Buffer, Buffer][] = []
const MOST_FREE = 4

/**
 * The bytes of an open file from `start` to its end, 1 MiB at a time: the next chunk is being read into
 * a second buffer while the caller works on the current one. A chunk is valid until the next one
 * is asked for, or the reading ends.
 *
 * @param file the path, for messages
 * @throws DM_FILE_UNREADABLE; the signal's reason when aborted
 */
export async function* readChunks(
  handle: FileHandle,
  file: string,
  signal?: AbortSignal,
  start = 0,
): AsyncGenerator<Buffer, void, undefined> {
  const read = async (buffer: Buffer, position: number): Promise<Buffer> => {
    const { bytesRead } = await handle.read(buffer, 0, BUFFER_BYTES, position)
    return buffer.subarray(0, bytesRead)
  }
  const buffers = free.pop() ?? [
    Buffer.allocUnsafeSlow(BUFFER_BYTES),
    Buffer.allocUnsafeSlow(BUFFER_BYTES),
  ]
  let [current, spare] = buffers
  let position = start
  let pending = read(current, start)
  try {
    for (;;) {
      const chunk = await pending
      signal?.throwIfAborted()
      if (chunk.length === 0) return
      position += chunk.length
      ;[current, spare] = [spare, current]
      pending = read(current, position)
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw fileError(file, error)
  } finally {
    // The caller closes the handle next: no read may be left on it.
    await pending.catch(() => undefined)
    if (free.length < MOST_FREE) free.push(buffers)
  }
}

/**
 * The bytes of a file that nobody writes to. It is open from when the first are asked for until the
 * reading ends.
 *
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE; the signal's reason when aborted
 */
export async function* readFileChunks(
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const { handle } = await openFile(file)
  try {
    yield* readChunks(handle, file, signal)
  } finally {
    await handle.close()
  }
}
