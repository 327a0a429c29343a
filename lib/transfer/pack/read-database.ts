import { createHash } from 'node:crypto'
import path from 'node:path'
import { DmError, isDmError } from '../../errors/dm-error.ts'
import { verifyUnchanged, type LocalFile } from '../../files/file-identity.ts'
import type { HashedFile } from '../../files/hash-file.ts'
import { readChunks } from '../../files/read-chunks.ts'
import { writeForm, type WrittenForm } from '../write-form.ts'
import { compressZst } from '../zst/compress.ts'
import { mostWorthwhile } from '../zst/estimate.ts'
import { asCompressed, type Packed } from './packed.ts'

export interface ReadDatabaseOptions {
  /** zstd's. */
  readonly level: number
  /** Makes a folder for the `.zst`. */
  readonly openScratch: () => Promise<string>
  readonly signal: AbortSignal
  readonly onProgress: (done: number, total: number) => void
}

/**
 * Reads an open database once, and hashes and compresses it on the way.
 *
 * @returns `compressed`: null where that saves too little, `failure` where the disk did not take it
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason
 */
export async function readDatabase(
  file: LocalFile,
  { level, openScratch, signal, onProgress }: ReadDatabaseOptions,
): Promise<{
  readonly database: HashedFile
  readonly compressed: Packed | null
  readonly failure: DmError | null
}> {
  const { path: name, handle, identity } = file
  const { size } = identity
  const hash = createHash('sha256')
  let done = 0
  async function* hashed(): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of readChunks(handle, name, signal, done)) {
      hash.update(chunk)
      done += chunk.length
      onProgress(Math.min(done, size), size)
      yield chunk
    }
  }
  let failure: DmError | null = null
  const compress = async (): Promise<WrittenForm | null> => {
    const zst = path.join(await openScratch(), 'database.zst')
    return writeForm(compressZst(hashed(), { level, signal }), zst, mostWorthwhile(size))
  }
  const made = await compress().catch((error: unknown) => {
    if (!isDmError(error, 'DM_SCRATCH_UNUSABLE')) throw error
    failure = error
    return null
  })
  // What was not read because it saves nothing to compress it.
  if (made === null) await readOn(hashed())
  await verifyUnchanged(name, identity)
  if (done !== size) throw new DmError('DM_FILE_CHANGED', { file: name })
  const database = { ...file, sha256: hash.digest('hex'), bytes: done }
  const compressed = made && asCompressed(database, made)
  return { database, compressed, failure }
}

async function readOn(chunks: AsyncGenerator<Buffer, void, undefined>): Promise<void> {
  while ((await chunks.next()).done !== true);
}
