import { openFile, verifyUnchanged } from '../files/file-identity.ts'
import { readChunks } from '../files/read-chunks.ts'

/** Bytes to store that can be read again from any of them: a request that fails is repeated. */
export interface ByteSource {
  /** For messages: the path of a file. */
  readonly name: string
  readonly bytes: number
  /** From the byte `start` on; a chunk is valid until the next one is asked for. */
  readonly open: (start: number, signal?: AbortSignal) => AsyncIterable<Buffer>
  /** Throws where the bytes are no longer those that were there when it was opened. */
  readonly verifyUnchanged: () => Promise<void>
}

/**
 * Works with a local file, or with another source, that stays open for so long.
 *
 * @param content path of a file, or a source
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE
 */
export async function withSource<Result>(
  content: string | ByteSource,
  work: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  if (typeof content !== 'string') return work(content)
  const { handle, identity } = await openFile(content)
  try {
    return await work({
      name: content,
      bytes: identity.size,
      open: (start, signal) => readChunks(handle, content, signal, start),
      verifyUnchanged: () => verifyUnchanged(content, identity),
    })
  } finally {
    await handle.close()
  }
}
