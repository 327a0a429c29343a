export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface S3Settings {
  /** The logical name of the bucket, from the config. */
  readonly bucket: string
  /** The bucket's name at the provider. */
  readonly name: string
  /** Stamped on what is written. */
  readonly repository: string
  /** `https://…` of an S3-compatible service; default: AWS in `region`. */
  readonly endpoint?: string | undefined
  /** `auto` for R2. */
  readonly region: string
  readonly credentials: S3Credentials
  /** Whether the bucket's name goes into the path; default: true where there is an endpoint. */
  readonly forcePathStyle?: boolean | undefined
  /** Size of a part of a multipart upload, in bytes; default 16 MiB, at least 5 MiB. */
  readonly partBytes?: number | undefined
  /** Parts in flight at once; each takes one part's size of memory. Default 4. */
  readonly concurrency?: number | undefined
  /** Largest object that is copied in one request, in bytes; default just below 5 GiB. */
  readonly copyLimitBytes?: number | undefined
}
