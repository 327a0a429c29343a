import { once } from 'node:events'
import S3rver from '@20minutes/s3rver'
import { temporaryFolder } from './temporary-folder.ts'

/** A running S3 server; it knows one access key and believes every secret. */
export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly stop: () => Promise<void>
}

/**
 * Starts s3rver inside this process, on a free port, with these buckets.
 *
 * It knows no conditional writes and cannot list unfinished uploads.
 */
export async function startS3Server(buckets: readonly string[]): Promise<S3Server> {
  const { folder, remove } = await temporaryFolder()
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory: folder,
    silent: true,
    vhostBuckets: false,
    // It cannot verify what current SDKs sign.
    allowMismatchedSignatures: true,
    configureBuckets: buckets.map((name) => ({ name })),
  })
  const { port } = await server.run()
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    async stop() {
      const { httpServer } = server
      const closed = once(httpServer, 'close')
      httpServer.close()
      httpServer.closeAllConnections()
      await closed
      await remove()
    },
  }
}
