import { randomUUID } from 'node:crypto'
import { GetBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openBucket } from '../helpers/buckets.ts'
import { dmHere } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { ceph } from './helpers/ceph.ts'

const test = suite('dm verify on Ceph')

interface Row {
  readonly bucket: string
  readonly [right: string]: unknown
  readonly problems: string[]
}

/** The rights by bucket as letters, `-` for no, `?` for unknown; and what is wrong. */
async function verify(
  key: { accessKeyId: string; secretAccessKey: string } | null,
  role: string,
): Promise<{ exit: number; code: string | null; rights: string[]; problems: string[] }> {
  return inFolder(async (folder) => {
    const { endpoint, region } = ceph()
    const repository = await createRepository(folder)
    const files = { 'manifest.json': '[]', 'datamanager.config.json': s3Config(endpoint, region) }
    await repository.commit('Begin', files)
    const env = key === null ? {} : s3Environment(key)
    const { exit, code, document } = await dmHere(folder, ['verify', '--role', role], env)
    const rows = document['buckets'] as Row[]
    const names = ['exists', 'list', 'read', 'write', 'delete', 'abort', 'listUploads']
    const letter = (row: Row, name: string): string =>
      row[name] === null ? '?' : row[name] === true ? name.charAt(0) : '-'
    return {
      exit,
      code,
      rights: rows.map((row) => `${row.bucket} ${names.map((name) => letter(row, name)).join('')}`),
      problems: rows.flatMap(({ bucket, problems }) => problems.map((one) => `${bucket}: ${one}`)),
    }
  })
}

const all = ['staging elrwdal', 'production elrwdal', 'internal elrwdal']
const readOnly = ['staging elrwdal', 'production elr----', 'internal elr----']

test('four keys: right, too little, too much, none; and nothing is left behind', async () => {
  const { endpoint, region, publisher, developer } = ceph()
  const access = { endpoint, region, credentials: publisher }
  const stock = async (): Promise<string[]> => {
    const keys: string[] = []
    for (const bucket of ['staging', 'production', 'internal']) {
      const store = openBucket(access, bucket)
      for await (const { key } of store.list('')) keys.push(key)
      for await (const { key } of store.listUploads('')) keys.push(`unfinished ${key}`)
    }
    return keys
  }
  const before = await stock()
  const good = { exit: 0, code: null, problems: [] }
  assert.equal(await verify(publisher, 'publisher'), { ...good, rights: all })
  assert.equal(await verify(developer, 'developer'), { ...good, rights: readOnly })

  const little = await verify(developer, 'publisher')
  assert.equal([little.exit, little.code, little.rights], [1, 'DM_RIGHTS_WRONG', readOnly])
  const needs =
    'The key may not write objects, remove objects, give up unfinished uploads, list unfinished uploads, which a publisher needs.'
  const actions =
    's3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:ListBucketMultipartUploads'
  assert.equal(
    little.problems,
    ['production', 'internal'].map(
      (name) => `${name}: ${needs} Allow it ${actions} on '${name}' in the bucket's policy.`,
    ),
  )

  const much = await verify(publisher, 'developer')
  assert.equal([much.exit, much.rights], [1, all])
  assert.equal(
    much.problems,
    ['production', 'internal'].map(
      (name) =>
        `${name}: The key may write objects, remove objects, which a developer must not. Take s3:PutObject, s3:DeleteObject on '${name}' from its policy.`,
    ),
  )

  const none = await verify(null, 'developer')
  assert.equal([none.exit, none.problems.length], [1, 3])
  assert.match(none.problems.join(), 'R2_ACCESS_KEY_ID')
  const stranger = { accessKeyId: `NOBODY${randomUUID()}`, secretAccessKey: 'secret' }
  const unknown = await verify(stranger, 'developer')
  assert.equal([unknown.exit, unknown.problems.length], [1, 3])
  assert.match(unknown.problems.join(), 'does not know this access key id')
  assert.equal(
    unknown.rights,
    ['staging', 'production', 'internal'].map((one) => `${one} ???????`),
  )
  assert.equal(await stock(), before)
})

test('a key that may write but not remove is asked nothing that would stay', async () => {
  const { endpoint, region, publisher, developer } = ceph()
  const access = { endpoint, region, credentials: publisher }
  const client = new S3Client({ ...access, forcePathStyle: true })
  const Bucket = 'internal'
  const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }))
  try {
    const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
    const allow = (user: string, ...Action: string[]): object => {
      return {
        Effect: 'Allow',
        Principal: { AWS: [`arn:aws:iam:::user/${user}`] },
        Action,
        Resource,
      }
    }
    const Statement = [
      allow('developer', 's3:ListBucket', 's3:GetObject', 's3:PutObject'),
      allow('publisher', 's3:*'),
    ]
    const narrow = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy: narrow }))
    const { rights, problems } = await verify(developer, 'developer')
    assert.is(rights[2], 'internal elrw---')
    assert.is(problems.length, 1)
    assert.match(problems[0] ?? '', 'The key may write objects, which a developer must not')
    const store = openBucket(access, Bucket)
    const left = [...(await Array.fromAsync(store.list('dm-verify')))]
    assert.equal([...left, ...(await Array.fromAsync(store.listUploads('dm-verify')))], [])
  } finally {
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    client.destroy()
  }
})

test.run()
