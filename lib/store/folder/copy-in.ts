import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { DmError } from '../../errors/dm-error.ts'
import { openFile, verifyUnchanged } from '../../files/file-identity.ts'
import { readChunks } from '../../files/read-chunks.ts'
import type { WriteOptions } from '../store.ts'

/**
 * Copies a local file to a new file and hashes what it writes.
 *
 * @throws DM_FILE_CHANGED where the bytes are not those that the stamp names
 */
export async function copyIn(
  source: string,
  destination: string,
  { stamp, signal, onProgress }: WriteOptions,
): Promise<void> {
  const { handle, identity } = await openFile(source)
  try {
    const output = await open(destination, 'wx', 0o600)
    try {
      const hash = createHash('sha256')
      let done = 0
      for await (const chunk of readChunks(handle, source, signal)) {
        const written = output.writeFile(chunk)
        hash.update(chunk)
        await written
        done += chunk.length
        onProgress?.(Math.min(done, identity.size), identity.size)
      }
      await verifyUnchanged(source, identity)
      const isWhatWasStamped = hash.digest('hex') === stamp.sha256
      if (!isWhatWasStamped) throw new DmError('DM_FILE_CHANGED', { file: source })
    } finally {
      await output.close()
    }
  } finally {
    await handle.close()
  }
}
