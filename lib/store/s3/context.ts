import { connect, type Connection } from './connection.ts'
import type { S3Settings } from './settings.ts'

const MIB = 1024 * 1024

/** Smallest part that S3 accepts, except for the last one. */
const MIN_PART_BYTES = 5 * MIB
const DEFAULT_PART_BYTES = 16 * MIB
const DEFAULT_CONCURRENCY = 4
/** One copy request takes up to 5 GiB; providers differ in whether that size itself is allowed. */
const DEFAULT_COPY_LIMIT_BYTES = 5 * 1024 * MIB - 64 * MIB

/** One bucket of an S3 service, and how to talk to it. */
export interface S3Context {
  /** The bucket's name at the provider. */
  readonly name: string
  /** The logical name. */
  readonly bucket: string
  readonly location: string
  /** Stamped on what is written. */
  readonly repository: string
  /** Stores with the same one can copy from each other. */
  readonly service: string
  /** In bytes. */
  readonly partBytes: number
  readonly concurrency: number
  /** In bytes. */
  readonly copyLimitBytes: number
  /** The same connection every time; made by the first call. */
  connect(): Promise<Connection>
}

export function createContext(settings: S3Settings): S3Context {
  const { bucket, name, endpoint, region, repository } = settings
  const service = endpoint === undefined ? `AWS ${region}` : new URL(endpoint).origin
  let connection: Promise<Connection> | undefined
  return {
    bucket,
    name,
    repository,
    service,
    location: `s3://${name} at ${service}`,
    partBytes: Math.max(MIN_PART_BYTES, settings.partBytes ?? DEFAULT_PART_BYTES),
    concurrency: settings.concurrency ?? DEFAULT_CONCURRENCY,
    copyLimitBytes: settings.copyLimitBytes ?? DEFAULT_COPY_LIMIT_BYTES,
    connect: () => (connection ??= connect(settings)),
  }
}
