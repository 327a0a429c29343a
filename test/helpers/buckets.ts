import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createS3Store } from '../../lib/store/s3/s3-store.ts'
import type { Stamp, Store } from '../../lib/store/store.ts'

/** How to reach an S3 server of a test that has the buckets staging, production and internal. */
export interface S3Access {
  readonly endpoint: string
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** What lay in the buckets at one time, kept as local files. */
export type BucketCopy = readonly {
  readonly bucket: string
  readonly key: string
  readonly file: string
  readonly stamp: Stamp
}[]

const buckets = ['staging', 'production', 'internal']

export function openBucket({ endpoint, region, credentials }: S3Access, bucket: string): Store {
  return createS3Store({ bucket, name: bucket, endpoint, region, credentials })
}

/** Every object of the three buckets, a line each: bucket, key, stamp. */
export async function listBuckets(access: S3Access): Promise<string[]> {
  const lines: string[] = []
  for (const bucket of buckets) {
    const store = openBucket(access, bucket)
    for await (const { key } of store.list('')) {
      const info = await store.head(key)
      lines.push(`${bucket} ${key} ${info?.bytes} ${info?.sha256} ${info?.repository}`)
    }
  }
  return lines
}

/** Keeps what is in the buckets in a new folder. */
export async function saveBuckets(access: S3Access, folder: string): Promise<BucketCopy> {
  await mkdir(folder)
  const saved: BucketCopy[number][] = []
  for (const bucket of buckets) {
    const store = openBucket(access, bucket)
    for await (const { key } of store.list('')) {
      const file = path.join(folder, String(saved.length))
      await writeFile(file, await buffer(await store.open(key)))
      const { sha256, repository } = (await store.head(key)) ?? { sha256: null, repository: null }
      if (sha256 === null || repository === null) throw new Error(`${key} has no stamp`)
      saved.push({ bucket, key, file, stamp: { sha256, repository } })
    }
  }
  return saved
}

/** Empties the three buckets and puts back what was saved. */
export async function restoreBuckets(access: S3Access, saved: BucketCopy): Promise<void> {
  for (const bucket of buckets) {
    const store = openBucket(access, bucket)
    for await (const { key } of store.list('')) await store.remove(key)
  }
  for (const { bucket, key, file, stamp } of saved) {
    await openBucket(access, bucket).put(key, file, { stamp })
  }
}
