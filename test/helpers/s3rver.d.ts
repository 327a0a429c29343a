/** The part of `@20minutes/s3rver` that the tests use; the package comes without types. */
declare module '@20minutes/s3rver' {
  import type { Server } from 'node:http'
  import type { AddressInfo } from 'node:net'

  export default class S3rver {
    constructor(options: {
      address: string
      /** 0: any free port. */
      port: number
      directory: string
      silent: boolean
      vhostBuckets: boolean
      allowMismatchedSignatures: boolean
      configureBuckets: readonly { name: string }[]
    })
    readonly httpServer: Server
    run(): Promise<AddressInfo>
  }
}
