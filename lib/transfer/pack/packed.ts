import { verifyUnchanged } from '../../files/file-identity.ts'
import type { HashedFile } from '../../files/hash-file.ts'
import { readFileChunks } from '../../files/read-chunks.ts'
import type { StagedForm } from '../../manifest/keys.ts'
import type { Content } from '../../store/byte-source.ts'
import { applyDelta } from '../delta/apply-delta.ts'
import { decompressZst } from '../zst/decompress.ts'
import type { WrittenForm } from '../write-form.ts'

/** A database in the form in which it is sent. */
export type Packed = StagedForm & {
  readonly database: HashedFile
  /** Of the form's own bytes. */
  readonly sha256: string
  readonly bytes: number
  readonly content: Content
  /**
   * The database that this form of it, from whoever made it, is said to be; to be hashed.
   *
   * @throws BrokenForm
   */
  readonly decode: (chunks: AsyncIterable<Buffer>, signal?: AbortSignal) => AsyncIterable<Buffer>
}

/** As it is. */
export function asWhole(database: HashedFile): Packed {
  const { sha256, bytes } = database
  return { form: 'whole', database, sha256, bytes, content: database, decode: (chunks) => chunks }
}

/** @param zst where its `.zst` was written */
export function asCompressed(database: HashedFile, zst: WrittenForm): Packed {
  const { bytes } = database
  return {
    form: 'compressed',
    database,
    sha256: zst.sha256,
    bytes: zst.bytes,
    content: contentOf(database, zst),
    decode: (chunks, signal) => decompressZst(chunks, { bytes, signal }),
  }
}

/**
 * @param delta where its delta was written
 * @param base the database that the delta builds upon
 */
export function asDelta(
  database: HashedFile,
  delta: WrittenForm,
  base: { readonly path: string; readonly sha256: string; readonly bytes: number },
): Packed {
  const target = { sha256: database.sha256, bytes: database.bytes }
  return {
    form: 'delta',
    database,
    base: base.sha256,
    sha256: delta.sha256,
    bytes: delta.bytes,
    content: contentOf(database, delta),
    decode: (chunks, signal) =>
      applyDelta(readFileChunks(base.path, signal), chunks, { base, target, signal }),
  }
}

/** What was made of a database that has changed since is not stored. */
function contentOf({ path: name, identity }: HashedFile, { path, bytes }: WrittenForm): Content {
  return {
    name,
    bytes,
    open: (signal) => readFileChunks(path, signal),
    verifyUnchanged: () => verifyUnchanged(name, identity),
  }
}
