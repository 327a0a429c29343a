/** An object to copy, pinned to the content that it had when it was looked at. */
export interface CopySource {
  /** `bucket/key`, encoded for the header. */
  readonly path: string
  readonly bytes: number
  readonly etag: string | undefined
}

/** A bucket and key for the header `x-amz-copy-source`, which is decoded as a URL. */
export function toCopySource(bucket: string, key: string): string {
  return [bucket, ...key.split('/')].map(encodeURIComponent).join('/')
}
