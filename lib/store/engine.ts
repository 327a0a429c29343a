import type { ByteSource } from './byte-source.ts'
import type {
  ListedObject,
  ObjectBody,
  ObjectInfo,
  OpenOptions,
  RequestOptions,
  Stamp,
  UnfinishedUpload,
  WriteOptions,
} from './store.ts'

/** An object as an engine sees it. */
export interface Found {
  readonly info: ObjectInfo
  /** Pins these very bytes (an ETag), where the server has such a thing. */
  readonly version?: string | undefined
}

export interface EngineWriteOptions extends WriteOptions {
  /**
   * The content, where it has come to lie under the key in the meantime; throws where other content
   * has. For engines that cannot make a condition of it.
   */
  readonly findTaken: () => Promise<ObjectInfo | null>
}

/**
 * One kind of place for objects: what remains to be done once `createStore` keeps the contract of
 * `Store`. Keys have been checked, and nothing lies under a key that is to be written, as far as
 * was seen.
 */
export interface Engine {
  /** For messages; never a secret. */
  readonly location: string
  /** Engines with the same one can copy from each other. */
  readonly service: string
  /** What a copy from here names: the bucket at the service, or an absolute folder. */
  readonly place: string
  /** null where there is no object, or no bucket. */
  head(key: string, options: RequestOptions): Promise<Found | null>
  /** Throws where the bucket does not exist; called where an object does not. */
  verifyBucket(options: RequestOptions): Promise<void>
  open(key: string, options: OpenOptions): Promise<ObjectBody>
  /**
   * Makes an object of the bytes and the stamp, in one step for whoever reads, unless the key is taken;
   * the bytes sent.
   *
   * @throws Unsettled where the key was taken, or an answer was lost
   */
  write(key: string, source: ByteSource, options: EngineWriteOptions): Promise<number>
  /**
   * As `write`, of an object of another place.
   *
   * @returns when it was written, where that is known
   */
  copy(from: string, source: Found, key: string, options: EngineWriteOptions): Promise<Date | null>
  /** Adds the stamp to an object whose content was proved, where that costs no copy of it. */
  adopt?(key: string, stamp: Stamp): Promise<void>
  remove(key: string, options: RequestOptions): Promise<void>
  /** null where it is gone. */
  freshen(key: string, options: RequestOptions): Promise<ObjectInfo | null>
  now(options: RequestOptions): Promise<Date>
  list(prefix: string, options: RequestOptions): AsyncIterable<ListedObject>
  /**
   * Asks for a write that the server must refuse for another reason than the key's rights, so that
   * nothing is written: throws DM_STORE_DENIED where the key may not write. `written`: the server did
   * not refuse it. Left out where whoever may write may also remove.
   */
  tryWrite?(key: string, options: RequestOptions): Promise<'refused' | 'written'>
  /** Left out where nothing is ever unfinished. */
  uploads?: {
    list(prefix: string, options: RequestOptions): AsyncIterable<UnfinishedUpload>
    begin(key: string, options: RequestOptions): Promise<UnfinishedUpload>
    /** It is no failure where there is no such upload. */
    abort(upload: UnfinishedUpload): Promise<void>
  }
}

/** The key was taken by somebody else, or by an attempt whose answer was lost: look. */
export class Unsettled extends Error {
  /** What to throw where the content is not there. */
  readonly failure: unknown
  readonly sentBytes: number
  /** What lies there, where the engine has looked. */
  readonly taken: ObjectInfo | null

  constructor(about: { failure: unknown; sentBytes: number } | { taken: ObjectInfo }) {
    super('the outcome of a write is not known')
    this.failure = 'failure' in about ? about.failure : this
    this.sentBytes = 'sentBytes' in about ? about.sentBytes : 0
    this.taken = 'taken' in about ? about.taken : null
  }
}
