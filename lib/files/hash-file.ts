import { createHash } from 'node:crypto'
import { DmError } from '../errors/dm-error.ts'
import { openFile, verifyUnchanged, type FileIdentity } from './file-identity.ts'
import { readChunks } from './read-chunks.ts'

export interface HashFileOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the bytes hashed so far, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

export interface HashedFile {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes. */
  readonly bytes: number
  /** The file that was hashed; pass it to `verifyUnchanged` where its bytes are used again. */
  readonly identity: FileIdentity
}

/**
 * The SHA-256 of a local file. The next MiB is read while the current one is hashed.
 *
 * @throws DM_FILE_MISSING, DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason when aborted
 */
export async function hashFile(
  file: string,
  { signal, onProgress }: HashFileOptions = {},
): Promise<HashedFile> {
  const { handle, identity } = await openFile(file)
  try {
    const hash = createHash('sha256')
    let done = 0
    for await (const chunk of readChunks(handle, file, signal)) {
      hash.update(chunk)
      done += chunk.length
      onProgress?.(Math.min(done, identity.size), identity.size)
    }
    await verifyUnchanged(file, identity)
    if (done !== identity.size) throw new DmError('DM_FILE_CHANGED', { file })
    return { sha256: hash.digest('hex'), bytes: done, identity }
  } finally {
    await handle.close()
  }
}
