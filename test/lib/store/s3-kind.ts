import { randomUUID } from 'node:crypto'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createS3Store } from '../../../lib/store/s3/s3-store.ts'
import type { Store } from '../../../lib/store/store.ts'
import { PART_BYTES, type StoreFixture } from './conformance/store-fixture.ts'

interface S3Access {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** Buckets `staging` and `production` of a running S3 server, with keys of the test's own. */
export function s3Fixture(
  { endpoint, region, credentials }: S3Access,
  stop: () => Promise<void> = () => Promise.resolve(),
): StoreFixture {
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  const open = (bucket: string, repository = 'owner/data') =>
    createS3Store({
      bucket,
      name: bucket,
      repository,
      endpoint,
      region,
      credentials,
      partBytes: PART_BYTES,
      copyLimitBytes: PART_BYTES,
    })
  const store = open('staging')
  const other = open('production', 'owner/copier')
  const prefix = `test-${randomUUID()}/`
  return {
    store,
    other,
    missing: open('no-such-bucket'),
    prefix,
    async plant(key, content) {
      await client.send(new PutObjectCommand({ Bucket: 'staging', Key: key, Body: content }))
    },
    async stop() {
      client.destroy()
      await Promise.all([store, other].map((bucket) => removeAll(bucket, prefix)))
      await stop()
    },
  }
}

async function removeAll(store: Store, prefix: string): Promise<void> {
  const keys = (await Array.fromAsync(store.list(prefix))).map(({ key }) => key)
  const queue = keys.values()
  const removeRest = async (): Promise<void> => {
    for (const key of queue) await store.remove(key)
  }
  await Promise.all(Array.from({ length: 8 }, removeRest))
}
