import type { Readable } from 'node:stream'
import type { Content } from './byte-source.ts'

/** What a store knows of an object without reading it. */
export interface ObjectInfo {
  readonly key: string
  /** Size in bytes. */
  readonly bytes: number
  /** SHA-256 that we recorded when we wrote it, 64 lower-case hex digits; null: not written by us, content unknown. */
  readonly sha256: string | null
  /** Stamp of the data repository that wrote it, `owner/name` or `owner/name#folder`; null: unknown. */
  readonly repository: string | null
  /** Logical name of the bucket that staged bytes are for; null: not said. */
  readonly bucket: string | null
  /**
   * SHA-256 of the database that this is another form of, or the diff of; null: not said. `sha256` is
   * that of the object's own bytes.
   */
  readonly content: string | null
  /** When it was last written or freshened, by the store's clock. */
  readonly modified: Date
}

/** One row of a listing; stores do not list metadata. */
export type ListedObject = Pick<ObjectInfo, 'key' | 'bytes' | 'modified'>

/** An upload in parts that was begun and not finished: no object, but bytes that cost. */
export interface UnfinishedUpload {
  readonly key: string
  readonly uploadId: string
  /** By the store's clock; null: it does not tell. */
  readonly begun: Date | null
}

export interface RequestOptions {
  /** Aborts the request; what was begun is left in a state that the next run continues from. */
  readonly signal?: AbortSignal | undefined
}

export interface OpenOptions extends RequestOptions {
  /** First byte, from 0. */
  readonly start?: number | undefined
  /** Last byte, inclusive. */
  readonly end?: number | undefined
  /** Throws where the server ignores the range, rather than receive what was not asked for. */
  readonly exact?: boolean | undefined
}

/** Bytes of an object as they come, and what the answer tells of the object. */
export type ObjectBody = Readable & {
  /** Another one where the object is another (an ETag); undefined: the server has no such thing. */
  readonly version?: string | undefined
  /** Size of the whole object in bytes; undefined: the answer does not tell. */
  readonly total?: number | undefined
}

/** What we record with every object that we write, beside the store's own `repository`. */
export interface Stamp {
  /** 64 lower-case hex digits. */
  readonly sha256: string
  /** Logical name of the bucket that staged bytes are for. */
  readonly bucket?: string | undefined
  /** SHA-256 of the database that this is another form of, or the diff of. */
  readonly content?: string | undefined
}

export interface WriteOptions extends RequestOptions {
  readonly stamp: Stamp
  /** Called with the bytes done so far, out of `total`; bytes that need not be sent count as done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  /** Called with a sentence for the user: what was reused, what could not be resumed and why. */
  readonly onNotice?: ((sentence: string) => void) | undefined
}

export interface CopyOptions extends WriteOptions {
  /**
   * Called with what was seen of the source before anything is written; what it throws ends the
   * copy. The copy takes the very bytes that were looked at, where the server can pin them.
   */
  readonly verifySource?: ((source: ObjectInfo) => void) | undefined
}

export interface PutResult {
  /** The object as it lies in the store. */
  readonly info: ObjectInfo
  /** Bytes sent by this call: 0 where the object was there already, less than its size after a resume. */
  readonly sentBytes: number
}

export interface CopyResult {
  /** The object as it was found, or as it was written: the caller has yet to hash it. */
  readonly info: ObjectInfo
  /** What was copied, as it was seen before. */
  readonly source: ObjectInfo
}

/**
 * Where the objects of one bucket live. Implementations: a folder, an S3 bucket.
 *
 * Keys are relative paths with `/`; an implementation refuses any other (see `verifyKey`).
 * Failures are `DmError`s that tell apart, by error code: not found, no such bucket, denied,
 * conflict, unavailable (try again). No method retries for ever, none leaves a partial object
 * readable under its key.
 */
export interface Store {
  /** The logical name from the config: `staging`, `production`, … */
  readonly bucket: string
  /** Where that is, for messages: a folder or `s3://name at endpoint`; never a secret. */
  readonly location: string
  /** The data repository that this store stamps on what it writes: `owner/name`, with `#folder` below the git root. */
  readonly repository: string
  /** The object's size and stamp, or null where there is none. */
  head(key: string, options?: RequestOptions): Promise<ObjectInfo | null>
  /** The object's bytes, or a range of them. Throws DM_STORE_NOT_FOUND before the first byte. */
  open(key: string, options?: OpenOptions): Promise<ObjectBody>
  /**
   * Stores a local file, by its path or open, or another source of bytes. An object of the same content is left alone, with the stamp that it has;
   * one of another content is never replaced (DM_STORE_CONFLICT); one without our stamp is hashed
   * before it is trusted.
   */
  put(key: string, content: Content, options: WriteOptions): Promise<PutResult>
  /**
   * Copies inside the store, of any size, without the bytes passing through this machine; `from`
   * is a store of the same kind and endpoint. Replaces nothing, as `put`. Metadata is set from the
   * stamp, never copied along. The caller proves what landed by hashing the destination.
   */
  copy(from: Store, sourceKey: string, key: string, options: CopyOptions): Promise<CopyResult>
  /** Removes an object; what was there, or null. */
  remove(key: string, options?: RequestOptions): Promise<ObjectInfo | null>
  /** Gives an object the date of now, with the same bytes and metadata; null where there is none. */
  freshen(key: string, options?: RequestOptions): Promise<ObjectInfo | null>
  /** The time by the clock that `modified` is taken from: the server's, or this machine's. */
  now(options?: RequestOptions): Promise<Date>
  /**
   * The objects whose keys begin with `prefix`, in the order of their keys' UTF-8 bytes, page by
   * page. Objects under keys that `verifyKey` refuses cannot be ours and are left out.
   */
  list(prefix: string, options?: RequestOptions): AsyncIterable<ListedObject>
  /** The unfinished uploads whose keys begin with `prefix`. A folder has none. */
  listUploads(prefix: string, options?: RequestOptions): AsyncIterable<UnfinishedUpload>
  /** Gives up an unfinished upload; it is no failure where it is gone. */
  abortUpload(upload: UnfinishedUpload, options?: RequestOptions): Promise<void>
}

/** What reading needs: every store has it, and so has a public bucket over plain HTTPS. */
export type ReadableStore = Pick<Store, 'bucket' | 'location' | 'head' | 'open'>
