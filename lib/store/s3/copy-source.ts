import type { ObjectInfo } from '../store.ts'
import type { ObjectHeaders } from './multipart-upload.ts'

/** An object to copy, pinned to the content that it had when it was looked at. */
export interface CopySource {
  /** `bucket/key`, encoded for the header. */
  readonly path: string
  readonly bytes: number
  readonly etag: string | undefined
}

/** A copy that the server is to make. */
export interface ServerCopy {
  readonly source: CopySource
  readonly key: string
  /** What the object will have beside its bytes. */
  readonly headers: ObjectHeaders
  /** The content that is to be copied, where it lies under the key already; null: replace it. */
  readonly findTaken: (() => Promise<ObjectInfo | null>) | null
}

/** A bucket and key for the header `x-amz-copy-source`, which is decoded as a URL. */
export function toCopySource(bucket: string, key: string): string {
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
}
