import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type { Environment } from '../../config/define-config.ts'
import { findRoute, type Route } from '../network.ts'
import type { Credentials } from '../credentials.ts'
import { createPartBuffers, type PartBuffers } from './part-buffers.ts'
import type * as sdk from './sdk.ts'

export interface S3Settings {
  /** The logical name of the bucket, from the config. */
  readonly bucket: string
  /** The bucket's name at the provider. */
  readonly name: string
  /** Stamped on what is written. */
  readonly repository: string
  /** `https://…` of an S3-compatible service, with a path or without; default: AWS in `region`. */
  readonly endpoint?: string | undefined
  /** `auto` for R2. */
  readonly region: string
  readonly credentials: Credentials
  /** Names proxies and certificates, and nothing else; default: none. */
  readonly env?: Environment | undefined
  /** Whether the bucket's name goes into the path; default: true where there is an endpoint. */
  readonly forcePathStyle?: boolean | undefined
  /** Size of a part of a multipart upload, in bytes; default 16 MiB, at least 5 MiB. */
  readonly partBytes?: number | undefined
  /** Parts in flight at once; each takes one part's size of memory. Default 4. */
  readonly concurrency?: number | undefined
  /** Largest object that is copied in one request, in bytes; default just below 5 GiB. */
  readonly copyLimitBytes?: number | undefined
}

/** Everything that a request needs. */
export interface Connection {
  readonly sdk: typeof sdk
  readonly client: S3Client
  /** For what the server works on without sending a byte: copying and completing large objects. */
  readonly patientClient: S3Client
  readonly route: Route
}

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
  readonly region: string
  /** In bytes. */
  readonly partBytes: number
  readonly concurrency: number
  /** As many as parts may be in flight. */
  readonly buffers: PartBuffers
  /** In bytes. */
  readonly copyLimitBytes: number
  /** Becomes false where the server refuses a condition on what is written. */
  knowsConditions: boolean
  /** The same connection every time; made by the first call. */
  readonly connect: () => Promise<Connection>
}

const MIB = 1024 * 1024
/** Smallest part that S3 accepts, except for the last one. */
const MIN_PART_BYTES = 5 * MIB
const DEFAULT_PART_BYTES = 16 * MIB
const DEFAULT_CONCURRENCY = 4
/** One copy request takes up to 5 GiB; providers differ in whether that size itself is allowed. */
const DEFAULT_COPY_LIMIT_BYTES = 5 * 1024 * MIB - 64 * MIB

/** Time for a connection to be made, in ms; an endpoint that drops packets costs it per attempt. */
const CONNECT_MS = 4000
/** Silence on a connection after which it counts as broken, in ms. */
const IDLE_MS = 60_000
const PATIENT_IDLE_MS = 15 * 60_000

/** Without a logger of ours the SDK writes warnings to the console. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

export function createContext(settings: S3Settings): S3Context {
  const { bucket, name, endpoint, region, repository } = settings
  const service =
    endpoint === undefined ? `AWS ${region}` : new URL(endpoint).href.replace(/\/$/, '')
  const concurrency = settings.concurrency ?? DEFAULT_CONCURRENCY
  let connection: Promise<Connection> | undefined
  return {
    bucket,
    name,
    repository,
    service,
    region,
    location: `s3://${name} at ${service}`,
    partBytes: Math.max(MIN_PART_BYTES, settings.partBytes ?? DEFAULT_PART_BYTES),
    concurrency,
    buffers: createPartBuffers(concurrency),
    copyLimitBytes: settings.copyLimitBytes ?? DEFAULT_COPY_LIMIT_BYTES,
    knowsConditions: true,
    connect: () => (connection ??= connect(settings)),
  }
}

/** Loads the SDK and makes its clients; they connect with the first request. */
async function connect(settings: S3Settings): Promise<Connection> {
  const { endpoint = awsEndpoint(settings.region), env = {} } = settings
  const loaded = await import('./sdk.ts')
  const route = await findRoute(new URL(endpoint), env)
  const create = (socketTimeout: number): S3Client => {
    const client = new loaded.S3Client(clientConfig(settings, endpoint, route, socketTimeout))
    if (isR2(endpoint)) renameCopyCondition(client)
    return client
  }
  return { sdk: loaded, client: create(IDLE_MS), patientClient: create(PATIENT_IDLE_MS), route }
}

/** https://docs.aws.amazon.com/general/latest/gr/s3.html */
function awsEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

/** Says all that the SDK would else look up in the environment or in ~/.aws: the config decides. */
function clientConfig(
  settings: S3Settings,
  endpoint: string,
  { agent }: Route,
  socketTimeout: number,
): S3ClientConfig {
  const { region, credentials } = settings
  return {
    endpoint,
    region,
    credentials,
    forcePathStyle: settings.forcePathStyle ?? settings.endpoint !== undefined,
    logger: SILENT,
    // We retry ourselves: the SDK does not do it for streamed bodies.
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    // 'Expect: 100-continue' costs a connection per request, and seconds where it stays unanswered.
    expectContinueHeader: false,
    // R2 and older gateways do not know the SDK's checksum trailers; Content-MD5 guards our bytes.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    authSchemePreference: ['sigv4'],
    disableClockSkewCorrection: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    sigv4aSigningRegionSet: [region],
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    userAgentAppId: 'datamanager',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  }
}

/** Whether an endpoint of S3 is Cloudflare's; undefined: AWS's own. */
export function isR2(endpoint: string | undefined): boolean {
  return endpoint !== undefined && new URL(endpoint).hostname.endsWith('.r2.cloudflarestorage.com')
}

/**
 * R2 has a header of its own for the condition on the destination of a copy:
 * https://developers.cloudflare.com/r2/api/s3/extensions/
 */
function renameCopyCondition(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'CopyObjectCommand' && hasHeaders(args.request)) {
        const { 'if-none-match': condition, ...headers } = args.request.headers
        if (condition !== undefined) headers['cf-copy-destination-if-none-match'] = condition
        args.request.headers = headers
      }
      return next(args)
    },
    { step: 'build', name: 'renameCopyCondition' },
  )
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request
}

function ignore(): void {
  // A failure is thrown as well.
}
