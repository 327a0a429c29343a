import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createS3Store } from '../../../../lib/store/s3/s3-store.ts'
import type { Stamp, Store } from '../../../../lib/store/store.ts'
import { startFaultProxy, type ChooseFault, type FaultProxy } from '../../../helpers/fault-proxy.ts'
import { startS3Server } from '../../../helpers/s3-server.ts'
import { temporaryFolder } from '../../../helpers/temporary-folder.ts'
import { PART_BYTES, sampleBytes, sha256 } from '../conformance/store-fixture.ts'

/** Three parts. */
export const BYTES = 2 * PART_BYTES + 1000
export const ACCESS = {
  region: 'us-east-1',
  repository: 'owner/data',
  credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'TOP-SECRET' },
}

/** Made once: it takes a moment. */
let large: Buffer | undefined

export interface Scene {
  /** The store behind the proxy. */
  readonly store: Store
  /** The same without the proxy. */
  readonly direct: Store
  readonly proxy: FaultProxy
  /** A local file of three parts. */
  readonly file: string
  /** One of a single part, and its stamp. */
  readonly small: { readonly file: string; readonly stamp: Stamp }
  readonly stamp: Stamp
}

/** Runs one test on a store whose connection fails as chosen. */
export async function onBadConnection(
  choose: ChooseFault,
  body: (scene: Scene) => Promise<void>,
): Promise<void> {
  const { folder, remove } = await temporaryFolder()
  const server = await startS3Server(['staging'])
  const proxy = await startFaultProxy(server.endpoint, choose)
  try {
    const content = (large ??= sampleBytes(BYTES))
    const file = path.join(folder, 'file')
    await writeFile(file, content)
    const stamp = { sha256: sha256(content) }
    const small = { file: path.join(folder, 'small'), stamp: { sha256: sha256('small') } }
    await writeFile(small.file, 'small')
    const open = (endpoint: string): Store =>
      createS3Store({
        bucket: 'staging',
        name: 'staging',
        endpoint,
        ...ACCESS,
        partBytes: PART_BYTES,
        copyLimitBytes: PART_BYTES,
      })
    const [store, direct] = [open(proxy.endpoint), open(server.endpoint)]
    await body({ store, direct, proxy, file, stamp, small })
  } finally {
    await proxy.stop()
    await server.stop()
    await remove()
  }
}

export function count(proxy: FaultProxy, operation: string): number {
  return proxy.operations.filter((other) => other === operation).length
}
