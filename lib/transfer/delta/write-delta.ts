import { DmError } from '../../errors/dm-error.ts'
import { fileError } from '../../files/file-identity.ts'
import type { HashedFile } from '../../files/hash-file.ts'
import { compressZst, type CompressOptions } from '../zst/compress.ts'
import { formatHeader, type Named, RECORD_BYTES, type Records } from './format.ts'

const CHUNK_BYTES = 1024 * 1024

/** How a target is made of a base: what `comparePages` found. */
export interface DeltaPlan {
  readonly base: Named
  readonly pageSize: number
  readonly records: Records
  readonly newPages: number
}

/**
 * The delta that makes the database of its base. The same files give the same bytes.
 *
 * @throws DM_FILE_UNREADABLE, DM_FILE_CHANGED; the signal's reason
 */
export async function* writeDelta(
  target: HashedFile,
  { base, pageSize, records, newPages }: DeltaPlan,
  options: CompressOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const recordBytes = RECORD_BYTES * (records.length / 3) + newPages * pageSize
  const { sha256, bytes } = target
  yield formatHeader({ pageSize, base, target: { sha256, bytes }, recordBytes })
  yield* compressZst(contentOf(target, pageSize, records), options)
}

/** The records, with the pages that are new. */
async function* contentOf(
  { handle, path }: HashedFile,
  pageSize: number,
  records: Records,
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  const numbers = Buffer.alloc(RECORD_BYTES)
  let page = 0
  for (let at = 0; at < records.length; at += 3) {
    const [skip = 0, copy = 0, fresh = 0] = records.subarray(at, at + 3)
    numbers.writeUInt32LE(skip, 0)
    numbers.writeUInt32LE(copy, 4)
    numbers.writeUInt32LE(fresh, 8)
    yield numbers
    page += copy
    const end = (page + fresh) * pageSize
    for (let position = page * pageSize; position < end;) {
      const wanted = Math.min(CHUNK_BYTES, end - position)
      const { bytesRead } = await handle
        .read(buffer, 0, wanted, position)
        .catch((error: unknown) => {
          throw fileError(path, error)
        })
      if (bytesRead === 0) throw new DmError('DM_FILE_CHANGED', { file: path })
      yield buffer.subarray(0, bytesRead)
      position += bytesRead
    }
    page += fresh
  }
}
