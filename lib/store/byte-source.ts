import { verifyUnchanged, withFile, type LocalFile } from '../files/file-identity.ts'
import { readChunks } from '../files/read-chunks.ts'

/** Bytes to store: those of a file, or a stream that is made while it is stored. */
export interface ByteSource {
  /** For messages: the path of a file. */
  readonly name: string
  readonly bytes: number
  /**
   * All of them, in order; called once, and read to the end unless something fails. A chunk is valid
   * until the next one is asked for. When the signal is aborted it throws the signal's reason.
   */
  readonly open: (signal?: AbortSignal) => AsyncIterable<Buffer>
  /**
   * Throws where the bytes that were read are not those that are to be stored. Called when all are
   * read: no object is there before.
   */
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

/** Bytes in memory. */
export function bufferSource(name: string, buffer: Buffer): ByteSource {
  return {
    name,
    bytes: buffer.length,
    async *open() {
      yield buffer
    },
    verifyUnchanged: () => Promise.resolve(),
  }
}

function sourceOf({ path, handle, identity }: LocalFile): ByteSource {
  return {
    name: path,
    bytes: identity.size,
    open: (signal) => readChunks(handle, path, signal),
    verifyUnchanged: () => verifyUnchanged(path, identity),
  }
}
