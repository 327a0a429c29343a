import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { companionKey, stagedDiffKey, STAGING_FOLDER, stagingKey } from '../../lib/manifest/keys.ts'
import {
  listUnfinished,
  openBucket,
  restoreBuckets,
  restoreUnfinished,
  type S3Access,
  saveBuckets,
} from '../helpers/buckets.ts'
import { commitFiles, longAgo } from '../helpers/commit-files.ts'
import { createDataRepository, type TestDataset } from '../helpers/data-repository.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'
import type { Job } from './kill-at-every-request.ts'

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** A dataset with two versions, and their objects. */
const model = [published('model', 'v2'), published('model', 'v1')]

interface Stocked {
  readonly put: (bucket: string, key: string, content: string) => Promise<void>
  readonly job: (command: readonly string[]) => Promise<Job>
}

/** Empties the buckets but for the objects of `model`. */
async function stock(folder: string, access: S3Access): Promise<Stocked> {
  await restoreBuckets(access, [])
  let count = 0
  const put: Stocked['put'] = async (bucket, key, content) => {
    const file = path.join(folder, `bytes-${++count}`)
    await writeFile(file, content)
    const stamp = {
      sha256: sha(content),
      ...(bucket === 'staging' ? { bucket: 'production' } : {}),
    }
    await openBucket(access, bucket).put(key, file, { stamp })
  }
  for (const { version, r2_object_key: key } of model)
    await put('production', key, `model ${version}`)
  return {
    put,
    job: async (command) => ({
      access,
      folder,
      command,
      template: path.join(folder, 'template'),
      buckets: await saveBuckets(access, path.join(folder, 'objects')),
    }),
  }
}

/**
 * `dm cleanup --orphans` eight days later: of what was staged, given up, written without a name and
 * begun, a part is due, and a part is needed or young.
 */
export async function cleanupJob(folder: string, access: S3Access): Promise<Job> {
  const { put, job } = await stock(folder, access)
  const [gone, young] = [published('gone', 'v1'), published('gone', 'v2')]
  const [waiting, proposed] = [upload('model', 'v3'), upload('other', 'v1')]
  const base = [dataset('model', [waiting, ...model])]
  const { remote } = await createDataRepository(path.join(folder, 'template'), {
    'manifest.json': text([...base, dataset('gone', [young, gone])]),
  })
  const ref = 'refs/heads/main'
  const status = 'pending-deletion'
  const marked = [...base, dataset('gone', [young, gone], { status })]
  const listed = ({ r2_object_key: key }: typeof gone, since: Date): object => {
    return { bucket: 'production', key, since: since.toISOString() }
  }
  // Of a version that goes later, when the server's clock will be where it is then.
  const objects = [listed(gone, longAgo), listed(young, new Date(Date.now() + 7 * day))]
  await commitFiles(remote.folder, [
    { ref, message: 'Mark gone', files: { 'manifest.json': text(marked) } },
    {
      ref,
      message: 'Delete gone',
      files: {
        'manifest.json': text(base),
        'manifest.retired.json': text({ numbers: { 'gone.sqlite': 2 }, objects }),
      },
    },
    {
      ref: 'refs/heads/data/other-v1',
      from: ref,
      files: { 'manifest.json': text([...base, dataset('other', [proposed])] as TestDataset[]) },
    },
  ])
  await put('production', gone.r2_object_key, 'gone v1')
  await put('production', young.r2_object_key, 'gone v2')
  const lone = published('model', 'v7').r2_object_key
  for (const key of [gone.r2_object_key, lone]) {
    for (const kind of ['diff', 'zst'] as const) {
      await put('production', companionKey(key, { kind }), kind)
    }
    await put('production', companionKey(key, { kind: 'delta', base: sha('base') }), 'delta')
  }
  for (const { r2_object_key: key } of [young, ...model]) {
    await put('production', companionKey(key, { kind: 'zst' }), 'zst')
  }
  await put('staging', stagedDiffKey(waiting.staging_key ?? '') ?? '', 'diff')
  await put('staging', waiting.staging_key ?? '', 'model v3')
  await put('staging', proposed.staging_key ?? '', 'other v1')
  for (const left of ['left', 'behind']) {
    await put('staging', stagingKey(owner, 'production', sha(left)), left)
    await put('staging', stagingKey(owner, 'production', sha(left), { form: 'compressed' }), 'zst')
    await put('staging', stagedDiffKey(stagingKey(owner, 'production', sha(left))) ?? '', 'diff')
    const orphan = published('model', 'v9', { text: left }).r2_object_key
    await put('production', orphan, left)
    await put('production', companionKey(orphan, { kind: 'zst' }), 'zst')
  }
  const uploads = [
    { bucket: 'staging', key: stagingKey(owner, 'production', sha('one')) },
    { bucket: 'staging', key: stagingKey('some/body', 'production', sha('theirs')) },
    { bucket: 'staging', key: `${STAGING_FOLDER}notes.txt` },
    { bucket: 'production', key: companionKey(lone, { kind: 'zst' }) },
  ]
  return {
    ...(await job(['cleanup', '--orphans'])),
    uploads: await ifTold(access, uploads),
    daysAhead: [8, 8],
  }
}

/** `dm verify`; what it leaves when it is killed goes with a run that is two days later. */
export async function verifyJob(folder: string, access: S3Access): Promise<Job> {
  const { job } = await stock(folder, access)
  await createDataRepository(path.join(folder, 'template'))
  return { ...(await job(['verify', '--role', 'publisher'])), daysAhead: [0, 2] }
}

/** Some servers do not tell what is unfinished, so that nothing of it could be given up. */
async function ifTold(
  access: S3Access,
  uploads: NonNullable<Job['uploads']>,
): Promise<NonNullable<Job['uploads']>> {
  await restoreUnfinished(access, uploads.slice(0, 1))
  return (await listUnfinished(access)).length === 0 ? [] : uploads
}
