import { createHash } from 'node:crypto'
import path from 'node:path'
import { DmError, isDmError } from '../errors/dm-error.ts'
import { makeScratch, type Scratch } from '../files/scratch.ts'
import type { ByteSource } from '../store/byte-source.ts'
import type { ReadableStore } from '../store/store.ts'
import { readCompressed, readDelta, type StoredObject } from '../transfer/read-form.ts'
import type { WrittenForm } from '../transfer/write-form.ts'
import { createSpool, type Spool } from '../transfer/zst/spool.ts'
import type { StagedForm } from './staged.ts'

export interface RebuildOptions {
  readonly staging: ReadableStore
  /** The dataset's bucket. */
  readonly target: ReadableStore
  /** How the `.zst` is compressed that a delta comes without; null: none is made. */
  readonly compression: { readonly level: number } | null
  readonly signal: AbortSignal
}

/** What a pass over a staged form has proved. */
export interface Proved {
  /** SHA-256 of the staged object's own bytes. */
  readonly sha256: string
  /** The `.zst` that was made on the way; null: none was, or this machine has no room for it. */
  readonly zst: WrittenForm | null
}

/** One pass over a staged form, by whoever stores what it gives. */
export interface Rebuilding {
  /** The database; it stands by its bytes only where they are the reviewed ones. */
  readonly source: ByteSource
  /** What the source has stood by; null: it has not been read, or not to its end. */
  readonly proved: () => Proved | null
  /** Gives back what the pass holds, however it went. */
  readonly close: () => Promise<void>
}

/**
 * Rebuilds a database from its staged form while it is read, in bounded memory, whatever the form is.
 *
 * What its source throws: DM_FORM_BROKEN; DM_BYTES_DIFFER where it stands for other bytes; as
 * `readObject`.
 */
export function rebuild(staged: StagedForm, options: RebuildOptions): Rebuilding {
  const { publication, form, info, bytes } = staged
  const { dataset, version, sha256: expected } = publication
  const { compression } = options
  let found: string | null = null
  let proved: Proved | null = null
  let scratch: Scratch | null = null
  let spool: Spool | null = null
  const own = createHash('sha256')

  const open = async function* (
    signal: AbortSignal = options.signal,
  ): AsyncGenerator<Buffer, void, undefined> {
    const hash = createHash('sha256')
    if (form === 'delta' && compression !== null) {
      scratch = await makeScratch().catch(noRoom)
      const { level } = compression
      spool = scratch && createSpool(path.join(scratch.path, 'zst'), { level, signal })
    }
    const content = readForm(staged, options, signal, (chunk) => own.update(chunk))
    for await (const chunk of content) {
      hash.update(chunk)
      spool = await orNone(spool, (into) => into.write(chunk))
      yield chunk
    }
    found = hash.digest('hex')
  }

  return {
    source: {
      name: info.key,
      bytes,
      open,
      async verifyUnchanged() {
        if (found !== expected) {
          const other = found ?? 'nothing'
          throw new DmError('DM_BYTES_DIFFER', { dataset, version, expected, found: other })
        }
        let zst: WrittenForm | null = null
        spool = await orNone(spool, async (into) => {
          zst = await into.end()
        })
        proved = { sha256: own.digest('hex'), zst }
      },
    },
    proved: () => proved,
    async close() {
      await spool?.abort()
      await scratch?.remove()
    },
  }
}

/** The database of a staged form, as it comes. */
function readForm(
  { publication: { sha256 }, info, bytes, base }: StagedForm,
  { staging, target }: Pick<RebuildOptions, 'staging' | 'target'>,
  signal: AbortSignal,
  onRead: (chunk: Buffer) => void,
): AsyncGenerator<Buffer, void, undefined> {
  const object: StoredObject = { store: staging, key: info.key, bytes: info.bytes }
  if (base === null) return readCompressed(object, bytes, { signal, onRead })
  return readDelta(object, { ...base, store: target }, { sha256, bytes }, { signal, onRead })
}

/** Nobody waits for a version because this machine has no room for its compressed form. */
function noRoom(error: unknown): null {
  if (!isDmError(error)) throw error
  return null
}

async function orNone(
  spool: Spool | null,
  work: (spool: Spool) => Promise<void>,
): Promise<Spool | null> {
  if (spool === null) return null
  try {
    await work(spool)
    return spool
  } catch (error) {
    await spool.abort()
    return noRoom(error)
  }
}
