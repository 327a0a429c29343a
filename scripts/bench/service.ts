import { createS3Store } from '../../lib/store/s3/s3-store.ts'
import type { Store } from '../../lib/store/store.ts'
import { eachInParallel } from '../../lib/store/each-in-parallel.ts'
import type { Cleanup } from './cleanup.ts'

/** An S3 service that has the buckets `staging` and `production`, which hold nothing but ours. */
export interface Service {
  /** What it is, for whoever reads the results. */
  readonly name: string
  readonly endpoint: string
  readonly credentials: Key
  /** How much it holds, in bytes. */
  readonly room: number
  /** Has it give back what was removed, where it would only do so much later. */
  readonly tidy: () => Promise<void>
}

interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Stamp of the objects that are made here. */
export const REPOSITORY = 'example/generated'
export const REGION = 'us-east-1'

const BUCKETS = ['staging', 'production'] as const

/** `ceph`, `ceph-disk`: started here, in memory or in a file; `s3rver`: within this process, slow and no server to compare times on. */
export type ServiceChoice =
  | 'ceph'
  | 'ceph-disk'
  | 's3rver'
  | { readonly endpoint: string; readonly key: Key }

/** @throws where it is not on this machine, or its buckets are not empty */
export async function openService(choice: ServiceChoice, cleanup: Cleanup): Promise<Service> {
  const service = await start(choice, cleanup)
  // Here, what the buckets hold is removed between the runs.
  const { hostname } = new URL(service.endpoint)
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
    throw new Error(`${service.endpoint} is not on this machine: only loopback is measured`)
  }
  const found = await listObjects(service)
  if (found.length > 0) throw new Error(`the buckets hold objects that are not ours: ${found[0]}`)
  cleanup.add(() => removeObjects(service, new Set()))
  return service
}

async function start(choice: ServiceChoice, cleanup: Cleanup): Promise<Service> {
  if (choice === 'ceph' || choice === 'ceph-disk') {
    const { startCeph } = await import('../../test/e2e/helpers/ceph.ts')
    const isInMemory = choice === 'ceph'
    const ceph = await startCeph(isInMemory ? 'memory' : 'disk')
    const { access, collectGarbage, stop } = ceph
    cleanup.add(stop)
    const { endpoint, publisher } = access
    const name = `Ceph RADOS gateway, one host, ${isInMemory ? 'in memory' : 'on disk'}`
    const room = isInMemory ? 8 * 1024 ** 3 : Infinity
    return { name, endpoint, credentials: publisher, room, tidy: collectGarbage }
  }
  const others = { room: Infinity, tidy: (): Promise<void> => Promise.resolve() }
  if (choice === 's3rver') {
    const { startS3Server } = await import('../../test/helpers/s3-server.ts')
    const { endpoint, credentials, stop } = await startS3Server([...BUCKETS])
    cleanup.add(stop)
    const name = 's3rver, in the process that measures: its times say little'
    return { name, endpoint, credentials, ...others }
  }
  const { endpoint, key: credentials } = choice
  return { name: 'an S3 service on this machine', endpoint, credentials, ...others }
}

export function openBucket(service: Service, bucket: string): Store {
  const { endpoint, credentials } = service
  const place = { bucket, name: bucket, region: REGION, repository: REPOSITORY }
  return createS3Store({ ...place, endpoint, credentials })
}

/** Every object: bucket, a slash, key. */
export async function listObjects(service: Service): Promise<string[]> {
  const found: string[] = []
  for (const bucket of BUCKETS) {
    for await (const { key } of openBucket(service, bucket).list('')) found.push(`${bucket}/${key}`)
  }
  return found
}

/** Removes all but these, and every upload that was not finished. */
export async function removeObjects(service: Service, kept: ReadonlySet<string>): Promise<void> {
  const extra = (await listObjects(service)).filter((object) => !kept.has(object))
  await eachInParallel(extra, 8, undefined, async (object) => {
    const [bucket = '', ...key] = object.split('/')
    await openBucket(service, bucket).remove(key.join('/'))
  })
  await abortUploads(service)
  if (extra.length > 0) await service.tidy()
}

async function abortUploads(service: Service): Promise<void> {
  for (const bucket of BUCKETS) {
    const store = openBucket(service, bucket)
    try {
      for await (const upload of store.listUploads('')) await store.abortUpload(upload)
    } catch {
      // s3rver cannot list them; it ends with this process.
    }
  }
}
