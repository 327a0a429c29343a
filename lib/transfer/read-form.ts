import { DmError } from '../errors/dm-error.ts'
import { freeBuffer } from '../files/free-buffer.ts'
import { readObject } from '../store/read-object.ts'
import type { ReadableStore, RequestOptions } from '../store/store.ts'
import { BrokenForm } from './broken-form.ts'
import { applyDelta } from './delta/apply-delta.ts'
import type { Named } from './delta/format.ts'
import { decompressZst } from './zst/decompress.ts'

/** An object that lies in a store. */
export interface StoredObject {
  readonly store: ReadableStore
  readonly key: string
  /** Its size in bytes. */
  readonly bytes: number
}

export interface ReadFormOptions extends RequestOptions {
  /** Called with the object's own bytes as they come; valid until it returns. */
  readonly onRead?: ((chunk: Buffer) => void) | undefined
}

/**
 * The database that a `.zst` in a store is a form of: never more than `bytes` of it, and in bounded
 * memory, whatever lies there. Whoever uses it hashes it. A chunk is valid until the next one is asked for.
 *
 * @param bytes the size of the database
 * @throws DM_FORM_BROKEN; as `readObject`
 */
export function readCompressed(
  object: StoredObject,
  bytes: number,
  options: ReadFormOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const content = decompressZst(readOwn(object, options), { bytes, signal: options.signal })
  return nameBroken(content, 'compressed', object.key)
}

/**
 * As `readCompressed`, of a delta: the database that it makes of its base.
 *
 * @param base where it lies
 */
export function readDelta(
  object: StoredObject,
  base: StoredObject & Named,
  target: Named,
  options: ReadFormOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { signal } = options
  const content = applyDelta(readOwn(base, { signal }), readOwn(object, options), {
    base,
    target,
    signal,
  })
  return nameBroken(content, 'delta', object.key)
}

async function* readOwn(
  { store, key, bytes }: StoredObject,
  { signal, onRead }: ReadFormOptions,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of readObject(store, key, { bytes, signal })) {
    onRead?.(chunk)
    yield chunk
    freeBuffer(chunk, chunk.length)
  }
}

/** The same content; what is broken of it is told by its key, as DM_FORM_BROKEN. */
export async function* nameBroken(
  content: AsyncIterable<Buffer>,
  form: 'compressed' | 'delta',
  key: string,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* content
  } catch (error) {
    if (!(error instanceof BrokenForm)) throw error
    const { message: problem } = error
    throw new DmError('DM_FORM_BROKEN', { form, key, problem }, { cause: error })
  }
}
