import { DmError } from '../errors/dm-error.ts'
import { withSource } from './byte-source.ts'
import { Unsettled, type Engine, type EngineWriteOptions, type Found } from './engine.ts'
import { hashObject } from './read-object.ts'
import type { CopyOptions, ObjectInfo, Store, WriteOptions } from './store.ts'
import { verifyKey } from './verify-key.ts'

/** Lets `copy` find the engine behind the store that it copies from. */
const engines = new WeakMap<Store, Engine>()

/** What is behind a store, for those who try what a key may do (`probeStore`). */
export function engineOf(store: Store): Engine | undefined {
  return engines.get(store)
}

export interface StoreIdentity {
  /** The logical name of the bucket. */
  readonly bucket: string
  /** Stamped on what is written. */
  readonly repository: string
}

/** Keeps the contract of `Store` around an engine: every guard stands here, once for all kinds. */
export function createStore({ bucket, repository }: StoreIdentity, engine: Engine): Store {
  const { location } = engine
  const store: Store = {
    bucket,
    location,
    repository,

    async head(key, options = {}) {
      verifyKey(key)
      return (await engine.head(key, options))?.info ?? null
    },

    async open(key, options = {}) {
      verifyKey(key)
      return engine.open(key, options)
    },

    async put(key, content, options) {
      verifyKey(key)
      return withSource(content, async (source) => {
        const { bytes } = source
        const stored = await findStored(key, bytes, options)
        if (stored !== null) {
          options.onProgress?.(bytes, bytes)
          return { info: await adopt(stored, options), sentBytes: 0 }
        }
        const write = engineOptions(key, bytes, options)
        const outcome = await settle(engine.write(key, source, write), write)
        const info =
          'taken' in outcome
            ? await adopt(outcome.taken, options)
            : // The only proof that there is of an upload.
              await verifyLanded(key, bytes, options)
        options.onProgress?.(bytes, bytes)
        return { info, sentBytes: 'taken' in outcome ? outcome.sentBytes : outcome.done }
      })
    },

    async copy(from, sourceKey, key, options) {
      verifyKey(sourceKey)
      verifyKey(key)
      const other = engines.get(from)
      if (other === undefined || other.service !== engine.service) {
        throw new DmError('DM_STORE_KIND', { from: from.location, to: location })
      }
      const source = await findSource(other, sourceKey, options)
      const { bytes } = source.info
      const stored = await findStored(key, bytes, options)
      const info =
        stored === null ? await copyNew(other, source, key, options) : await adopt(stored, options)
      options.onProgress?.(bytes, bytes)
      return { info, source: source.info }
    },

    async remove(key, options = {}) {
      verifyKey(key)
      // Stores answer the same whether there was an object, so it is looked for before.
      const found = await engine.head(key, options)
      if (found === null) await engine.verifyBucket(options)
      else await engine.remove(key, options)
      return found?.info ?? null
    },

    async freshen(key, options = {}) {
      verifyKey(key)
      const info = await engine.freshen(key, options)
      if (info === null) await engine.verifyBucket(options)
      return info
    },

    now: (options = {}) => engine.now(options),
    list: (prefix, options = {}) => engine.list(prefix, options),

    async *listUploads(prefix, options = {}) {
      if (engine.uploads !== undefined) yield* engine.uploads.list(prefix, options)
    },

    async abortUpload(upload, options = {}) {
      options.signal?.throwIfAborted()
      await engine.uploads?.abort(upload)
    },
  }
  engines.set(store, engine)
  return store

  async function copyNew(
    other: Engine,
    source: Found,
    key: string,
    options: CopyOptions,
  ): Promise<ObjectInfo> {
    const { bytes } = source.info
    const { stamp } = options
    const write = engineOptions(key, bytes, options)
    const writing = engine.copy(other.place, source, key, write)
    const outcome = await settle(writing, write)
    if ('taken' in outcome) return adopt(outcome.taken, options)
    const modified = outcome.done
    // Not looked at again where its date is known: whoever copies hashes what landed.
    if (modified === null) return verifyLanded(key, bytes, options)
    const { sha256, bucket: stagedFor = null, content = null } = stamp
    return { key, bytes, sha256, repository, bucket: stagedFor, content, modified }
  }

  /** What a write ends with, and what lies there where it has been somebody else's. */
  async function settle<Result>(
    writing: Promise<Result>,
    { findTaken }: EngineWriteOptions,
  ): Promise<{ done: Result } | { taken: ObjectInfo; sentBytes: number }> {
    try {
      return { done: await writing }
    } catch (error) {
      if (!(error instanceof Unsettled)) throw error
      const taken = error.taken ?? (await findTaken())
      if (taken === null) throw error.failure
      return { taken, sentBytes: error.sentBytes }
    }
  }

  function engineOptions(key: string, bytes: number, options: WriteOptions): EngineWriteOptions {
    return {
      ...options,
      findTaken: () => findStored(key, bytes, options),
    }
  }

  async function findSource(other: Engine, key: string, options: CopyOptions): Promise<Found> {
    const source = await other.head(key, options)
    if (source === null) {
      await other.verifyBucket(options)
      throw new DmError('DM_STORE_NOT_FOUND', { location: other.location, key })
    }
    options.verifySource?.(source.info)
    return source
  }

  /**
   * The object under the key that holds the content which is to be written, or null where the key
   * is free. One without our stamp is hashed before it is trusted.
   *
   * @throws DM_STORE_CONFLICT where the key holds other content
   */
  async function findStored(
    key: string,
    bytes: number,
    { stamp, signal, onNotice }: WriteOptions,
  ): Promise<ObjectInfo | null> {
    const info = (await engine.head(key, { signal }))?.info
    if (info === undefined) return null
    const expected = stamp.sha256
    const conflict = (found: string): DmError =>
      new DmError('DM_STORE_CONFLICT', { location, key, expected, found })
    if (info.bytes !== bytes) throw conflict(`${info.bytes} bytes`)
    if (info.sha256 === null) {
      onNotice?.(`The object '${key}' in ${location} carries no hash of ours: reading it.`)
    }
    const found = info.sha256 ?? (await hashObject(store, key, { signal, bytes })).sha256
    if (found !== expected) throw conflict(`SHA-256 ${found}`)
    return info
  }

  async function adopt(info: ObjectInfo, { stamp, signal }: WriteOptions): Promise<ObjectInfo> {
    if (info.sha256 !== null || engine.adopt === undefined) return info
    await engine.adopt(info.key, stamp)
    return (await engine.head(info.key, { signal }))?.info ?? info
  }

  async function verifyLanded(
    key: string,
    bytes: number,
    { stamp, signal }: WriteOptions,
  ): Promise<ObjectInfo> {
    const mismatch = (problem: string): DmError =>
      new DmError('DM_STORE_MISMATCH', { location, key, problem })
    const info = (await engine.head(key, { signal }))?.info
    if (info === undefined) throw mismatch('it is not there')
    if (info.bytes !== bytes) throw mismatch(`it has ${info.bytes} instead of ${bytes} bytes`)
    if (info.sha256 === stamp.sha256) return info
    throw mismatch(`its stamp says SHA-256 ${info.sha256 ?? 'nothing'}`)
  }
}
