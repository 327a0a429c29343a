import { verifyUnchanged, withFile, type LocalFile } from '../files/file-identity.ts'
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

/** What can be stored: the file at a path, one that is open, or another source of bytes. */
export type Content = string | LocalFile | ByteSource

/**
 * Works with content that stays open for so long. The bytes of a file are those that it had when it
 * was opened: once they are other ones, `verifyUnchanged` throws.
 *
 * @throws DM_FILE_MISSING, DM_FILE_NOT_REGULAR, DM_FILE_UNREADABLE
 */
export async function withSource<Result>(
  content: Content,
  work: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  if (typeof content === 'string') return withFile(content, (file) => work(sourceOf(file)))
  return work('handle' in content ? sourceOf(content) : content)
}

function sourceOf({ path, handle, identity }: LocalFile): ByteSource {
  return {
    name: path,
    bytes: identity.size,
    open: (start, signal) => readChunks(handle, path, signal, start),
    verifyUnchanged: () => verifyUnchanged(path, identity),
  }
}
