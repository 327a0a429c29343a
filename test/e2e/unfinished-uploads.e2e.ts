import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../lib/config/parse-config.ts'
import { stagingKey } from '../../lib/manifest/keys.ts'
import { parseManifest } from '../../lib/manifest/parse-manifest.ts'
import { abortUploads } from '../../lib/publication/abort-uploads.ts'
import type { Store } from '../../lib/store/store.ts'
import { openBucket } from '../helpers/buckets.ts'
import { s3Config } from '../helpers/s3-config.ts'
import { dataset, day, owner, published, sha } from '../lib/publication/scene.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('unfinished uploads')

test('those of this data repository that are old are given up, all others stay', async () => {
  const { endpoint, region, publisher: credentials } = ceph()
  const access = { endpoint, region, credentials }
  const client = new S3Client({ ...access, forcePathStyle: true })
  const config = parseConfig(JSON.parse(s3Config(endpoint, region)), 'config')
  const one = published('unfinished', 'v1')
  const begin = async (bucket: string, key: string): Promise<void> => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }),
    )
    const part = { Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: 'x' }
    await client.send(new UploadPartCommand(part))
  }
  const unfinished = async (bucket: string): Promise<string[]> => {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
    return Uploads.map(({ Key = '' }) => Key).toSorted()
  }
  const clear = async (): Promise<void> => {
    for (const bucket of ['staging', 'production']) {
      const list = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      for (const { Key, UploadId } of list.Uploads ?? []) {
        await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
      }
    }
  }
  await clear()
  try {
    const ours = stagingKey(owner, 'production', sha('ours'))
    const theirs = stagingKey('some/body', 'production', sha('theirs'))
    const nobodys = `staging-uploads/${sha('nobody')}.sqlite`
    const copied = one.r2_object_key.replace('v1-', 'v2-')
    const elsewhere = `other/${copied.split('/')[1]}`
    for (const key of [ours, theirs, nobodys]) await begin('staging', key)
    for (const key of [copied, elsewhere, 'unfinished/notes.txt']) await begin('production', key)
    const notices: string[] = []
    const abort = (laterMs: number, isDryRun = false): ReturnType<typeof abortUploads> => {
      const open = (bucket: string): Store => {
        const store = openBucket(access, bucket)
        return { ...store, now: async () => new Date((await store.now()).getTime() + laterMs) }
      }
      const text = JSON.stringify([dataset('unfinished', [one])])
      const manifest = parseManifest(text, { source: 'text' })
      const { signal } = new AbortController()
      const notice = ({ code }: { code: string }): void => void notices.push(code)
      const about = { config, manifest, staging: open('staging'), open, signal, notice }
      return abortUploads({ ...about, olderThanMs: 0 }, isDryRun)
    }
    const all = [await unfinished('staging'), await unfinished('production')]
    // Within a day somebody may still be sending.
    assert.equal(await abort(day / 2), [])
    const keysOf = (list: Awaited<ReturnType<typeof abort>>): string[] => list.map(({ key }) => key)
    assert.equal(keysOf(await abort(2 * day, true)), [ours, copied])
    assert.equal([await unfinished('staging'), await unfinished('production')], all)
    assert.equal(keysOf(await abort(2 * day)), [ours, copied])
    assert.equal(await unfinished('staging'), [theirs, nobodys].toSorted())
    assert.equal(await unfinished('production'), [elsewhere, 'unfinished/notes.txt'].toSorted())
    assert.equal(await abort(2 * day), [])
    assert.equal(notices, [])
  } finally {
    await clear()
    client.destroy()
  }
})

test.run()
