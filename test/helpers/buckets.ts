import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { isDmError } from '../../lib/errors/dm-error.ts'
import { eachInParallel } from '../../lib/store/each-in-parallel.ts'
import { engineOf } from '../../lib/store/create-store.ts'
import { createS3Store } from '../../lib/store/s3/s3-store.ts'
import type { ObjectInfo, Store, UnfinishedUpload } from '../../lib/store/store.ts'

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
  readonly info: ObjectInfo
}[]

/** An upload that was begun and not finished. */
export type StoredUpload = UnfinishedUpload & { readonly bucket: string }

const buckets = ['staging', 'production', 'internal']

/** One for each, so that its connections are used again. */
const opened = new Map<string, Store>()

export function openBucket(
  { endpoint, region, credentials }: S3Access,
  bucket: string,
  repository = 'owner/data',
): Store {
  const id = JSON.stringify([endpoint, credentials, bucket, repository])
  const found = opened.get(id)
  if (found !== undefined) return found
  const store = createS3Store({ bucket, name: bucket, repository, endpoint, region, credentials })
  opened.set(id, store)
  return store
}

/** How many objects are worked on at a time. */
const together = 8

async function keysIn(store: Store): Promise<string[]> {
  return (await Array.fromAsync(store.list(''))).map(({ key }) => key)
}

/** Every object of the three buckets, a line each: bucket, key, stamp. */
export async function listBuckets(access: S3Access): Promise<string[]> {
  const lines: string[] = []
  for (const bucket of buckets) {
    const store = openBucket(access, bucket)
    const keys = await keysIn(store)
    const found = new Map<string, string>()
    await eachInParallel(keys, together, undefined, async (key) => {
      const info = await store.head(key)
      const stamp = [info?.sha256, info?.repository, info?.bucket, info?.content]
      found.set(key, [bucket, key, info?.bytes, ...stamp].join(' '))
    })
    lines.push(...keys.map((key) => found.get(key) ?? ''))
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
      const info = await store.head(key)
      if (info === null) throw new Error(`${key} is gone`)
      saved.push({ bucket, key, file, info })
    }
  }
  return saved
}

/** What was begun and not finished in the three buckets; none where the server cannot tell. */
export async function listUnfinished(access: S3Access): Promise<StoredUpload[]> {
  const found: StoredUpload[] = []
  try {
    for (const bucket of buckets) {
      for await (const upload of openBucket(access, bucket).listUploads('')) {
        found.push({ ...upload, bucket })
      }
    }
  } catch (error) {
    if (!isDmError(error, 'DM_STORE_FAILED')) throw error
  }
  return found
}

/** Gives up all that was begun, and begins these. */
export async function restoreUnfinished(
  access: S3Access,
  uploads: readonly { readonly bucket: string; readonly key: string }[],
): Promise<void> {
  for (const upload of await listUnfinished(access)) {
    await openBucket(access, upload.bucket).abortUpload(upload)
  }
  for (const { bucket, key } of uploads) {
    await engineOf(openBucket(access, bucket))?.uploads?.begin(key, {})
  }
}

/** Empties the three buckets and puts back what was saved. */
export async function restoreBuckets(access: S3Access, saved: BucketCopy): Promise<void> {
  for (const bucket of buckets) {
    const store = openBucket(access, bucket)
    await eachInParallel(await keysIn(store), together, undefined, async (key) => {
      await store.remove(key)
    })
  }
  await eachInParallel(saved, together, undefined, async ({ bucket, key, file, info }) => {
    if (info.sha256 === null || info.repository === null) throw new Error(`${key} has no stamp`)
    const [meant, content] = [info.bucket ?? undefined, info.content ?? undefined]
    const stamp = { sha256: info.sha256, bucket: meant, content }
    await openBucket(access, bucket, info.repository).put(key, file, { stamp })
  })
}
