import { createHash } from 'node:crypto'
import { DmError } from '../errors/dm-error.ts'
import { verifyUnchanged, type LocalFile } from './file-identity.ts'
import { readChunks } from './read-chunks.ts'

export interface HashFileOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the bytes hashed so far, out of `total`. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** A file whose bytes are known; `verifyUnchanged` where they are used again. */
export interface HashedFile extends LocalFile {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Size in bytes. */
  readonly bytes: number
}

/**
 * The SHA-256 of an open file. The next MiB is read while the current one is hashed.
 *
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason when aborted
 */
export async function hashFile(
  file: LocalFile,
  { signal, onProgress }: HashFileOptions = {},
): Promise<HashedFile> {
  const { path, handle, identity } = file
  const hash = createHash('sha256')
  let done = 0
  for await (const chunk of readChunks(handle, path, signal)) {
    hash.update(chunk)
    done += chunk.length
    onProgress?.(Math.min(done, identity.size), identity.size)
  }
  await verifyUnchanged(path, identity)
  if (done !== identity.size) throw new DmError('DM_FILE_CHANGED', { file: path })
  return { ...file, sha256: hash.digest('hex'), bytes: done }
}

/** Whether that is a SHA-256 as it stands everywhere: 64 lower-case hex digits. */
export function isSha256(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}
