import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { DmError } from '../../errors/dm-error.ts'
import { fileError } from '../../files/file-identity.ts'
import type { Part } from './plan-parts.ts'

/**
 * Reads one part of an open file into the buffer; the bytes, a view of it.
 *
 * @param file the path, for messages
 * @throws DM_FILE_CHANGED where the file is shorter than it was, DM_FILE_UNREADABLE
 */
export async function readPart(
  handle: FileHandle,
  file: string,
  buffer: Buffer,
  { start, bytes }: Pick<Part, 'start' | 'bytes'>,
): Promise<Buffer> {
  let done = 0
  while (done < bytes) {
    const { bytesRead } = await handle
      .read(buffer, done, bytes - done, start + done)
      .catch((error: unknown) => {
        throw fileError(file, error)
      })
    if (bytesRead === 0) throw new DmError('DM_FILE_CHANGED', { file })
    done += bytesRead
  }
  return buffer.subarray(0, bytes)
}

/** MD5 in hex is what S3 gives as the ETag of a part; in base64 it goes into Content-MD5. */
export function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest()
}
