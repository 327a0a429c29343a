import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import type * as sdk from './sdk.ts'
import type { S3Settings } from './settings.ts'

export type Sdk = typeof sdk

/** Everything that a request needs. */
export interface Connection {
  readonly sdk: Sdk
  readonly client: S3Client
  /** For what the server works on without sending a byte: copying and completing large objects. */
  readonly patientClient: S3Client
}

/** Time for a connection to be made, in ms; an endpoint that drops packets costs it per attempt. */
const CONNECT_MS = 4000
/** Silence on a connection after which it counts as broken, in ms. */
const IDLE_MS = 60_000
const PATIENT_IDLE_MS = 15 * 60_000

/** Without a logger of ours the SDK writes warnings to the console. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Loads the SDK and makes its clients; they connect with the first request. */
export async function connect(settings: S3Settings): Promise<Connection> {
  const loaded = await import('./sdk.ts')
  return {
    sdk: loaded,
    client: createClient(loaded, settings, IDLE_MS),
    patientClient: createClient(loaded, settings, PATIENT_IDLE_MS),
  }
}

function createClient(loaded: Sdk, settings: S3Settings, socketTimeout: number): S3Client {
  const { endpoint, region, credentials } = settings
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const config: S3ClientConfig = {
    region,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    forcePathStyle: settings.forcePathStyle ?? endpoint !== undefined,
    logger: SILENT,
    // We retry ourselves: the SDK does not do it for streamed bodies.
    maxAttempts: 1,
    // 'Expect: 100-continue' costs a connection per request, and seconds where it stays unanswered.
    expectContinueHeader: false,
    // R2 and older gateways do not know the SDK's checksum trailers; Content-MD5 guards our bytes.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
  }
  const client = new loaded.S3Client(config)
  if (endpoint !== undefined && isR2(endpoint)) renameCopyCondition(client)
  return client
}

function isR2(endpoint: string): boolean {
  return new URL(endpoint).hostname.endsWith('.r2.cloudflarestorage.com')
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
