import { setTimeout as sleep } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { CephAccess } from './ceph.ts'

const DEVELOPER = 'arn:aws:iam:::user/developer'
const PUBLISHER = 'arn:aws:iam:::user/publisher'
const READ = ['s3:GetObject', 's3:ListBucket']
const WRITE = [
  's3:PutObject',
  's3:DeleteObject',
  's3:AbortMultipartUpload',
  's3:ListBucketMultipartUploads',
  's3:ListMultipartUploadParts',
]

/** Creates the publisher's buckets, and gives the developer what a developer may have. */
export async function createBuckets({ endpoint, region, publisher }: CephAccess): Promise<void> {
  const client = new S3Client({ endpoint, region, credentials: publisher, forcePathStyle: true })
  try {
    for (const bucket of ['staging', 'production', 'internal']) {
      await untilAnswered(() => client.send(new CreateBucketCommand({ Bucket: bucket })))
      const actions = bucket === 'staging' ? [...READ, ...WRITE] : READ
      const Policy = JSON.stringify(policyOf(bucket, actions))
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
    }
    await createPools(client)
  } finally {
    client.destroy()
  }
}

/** Ceph gives an object to whoever wrote it: without a word the bucket's owner could not read it. */
function policyOf(bucket: string, developer: readonly string[]): object {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const allow = (user: string, actions: readonly string[]): object => ({
    Effect: 'Allow',
    Principal: { AWS: [user] },
    Action: actions,
    Resource,
  })
  return {
    Version: '2012-10-17',
    Statement: [allow(DEVELOPER, developer), allow(PUBLISHER, ['s3:*'])],
  }
}

/** The gateway makes some of its pools with the first multipart upload: not in a timed test. */
async function createPools(client: S3Client): Promise<void> {
  const object = { Bucket: 'staging', Key: 'warm-up' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
  await client.send(new AbortMultipartUploadCommand({ ...object, UploadId }))
}

/** A gateway that listens may still refuse for a moment. */
async function untilAnswered(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await send()
      return
    } catch (error) {
      if (attempt === 30) throw error
      await sleep(1000)
    }
  }
}
