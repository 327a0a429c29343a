import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { openBucket, restoreBuckets, type S3Access, saveBuckets } from '../helpers/buckets.ts'
import { commitFiles, type FilesCommit, longAgo } from '../helpers/commit-files.ts'
import { createDataRepository, type TestDataset } from '../helpers/data-repository.ts'
import { createTemoaDatabase, sqlite } from '../helpers/databases.ts'
import { hashFileAt } from '../helpers/at-path.ts'
import { dmJson } from '../helpers/dm-here.ts'
import type { TestRepository } from '../helpers/git-repository.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'
import { restage } from '../helpers/restage.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import type { Job } from './kill-at-every-request.ts'

/** The forms in which `dm prepare` sends a database. */
export const preparedForms = ['whole', 'compressed', 'delta'] as const

/** `dm prepare`, of a database that is sent in this form. */
export async function prepareJob(
  folder: string,
  access: S3Access,
  form: (typeof preparedForms)[number],
): Promise<Job> {
  await restoreBuckets(access, [])
  const template = path.join(folder, 'template')
  const file = path.join(folder, 'new.sqlite')
  if (form === 'whole') await createLargeDatabase(file, 1)
  else await createTemoaDatabase(folder, 'new.sqlite', 3000)
  const job = { access, template, folder, command: ['prepare', 'model.sqlite', file] }
  if (form !== 'delta') {
    await createDataRepository(template)
    return { ...job, buckets: [] }
  }
  const { sha256, bytes } = await hashFileAt(file)
  const key = `model/v1-${sha256}.sqlite`
  const v1 = { ...published('model', 'v1'), sha256, bytes, r2_object_key: key }
  const manifest = `${JSON.stringify([dataset('model', [v1])], null, 2)}\n`
  await createDataRepository(template, { 'manifest.json': manifest })
  await openBucket(access, 'production').put(key, file, { stamp: { sha256 } })
  await sqlite(file, "UPDATE Region SET notes = 'rain'")
  return { ...job, buckets: await saveBuckets(access, path.join(folder, 'objects')) }
}

/** `dm publish` of three uploads, one of each form, a rollback and a deletion, and of what was given up long ago. */
export async function publishJob(folder: string, access: S3Access): Promise<Job> {
  await restoreBuckets(access, [])
  const template = path.join(folder, 'template')
  const { work, remote, merge, edit, manifest } = await createDataRepository(template)
  // Whole, until some are staged in another form; the run that is killed has a config of its own.
  const config = s3Config(access.endpoint, access.region, undefined, { compression: false })
  await work.write({ 'datamanager.config.json': config })
  const env = s3Environment(access.credentials)
  let rows = 0
  const fileOf = (name: string, version: string): string =>
    path.join(folder, `${name}-${version}.sqlite`)
  const propose = async (name: string, version: string): Promise<void> => {
    const file = await createTemoaDatabase(folder, `${name}-${version}.sqlite`, ++rows)
    await dmJson(work.folder, ['prepare', `${name}.sqlite`, file], { env })
    await merge(`data/${name}-${version}`)
  }
  /** Stages what is proposed last in another form, too. */
  const stageAs = async (name: string, version: string, base?: string): Promise<string> => {
    const found = (await manifest()).find(({ fileName }) => fileName === `${name}.sqlite`)
    const whole = found?.history[0]?.staging_key ?? ''
    return restage(openBucket(access, 'staging'), whole, fileOf(name, version), base)
  }
  for (const version of ['v1', 'v2']) {
    await propose('model', version)
    await propose('other', version)
    await dmJson(work.folder, ['publish'], { env })
  }
  await propose('gone', 'v1')
  await dmJson(work.folder, ['publish'], { env })
  await giveUp(remote, 'gone.sqlite')
  await propose('model', 'v3')
  await propose('brand-new', 'v1')
  await propose('compressed', 'v1')
  const forms = new Map([
    ['model.sqlite', await stageAs('model', 'v3', fileOf('model', 'v2'))],
    ['compressed.sqlite', await stageAs('compressed', 'v1')],
  ])
  await edit((datasets) => {
    for (const { fileName, history } of datasets) {
      const form = forms.get(fileName)
      if (form !== undefined && history[0] !== undefined) history[0].staging_key = form
    }
    const [model, other] = datasets
    const deleted = model?.history.find(({ version }) => version === 'v1')
    if (deleted !== undefined) deleted.status = 'pending-deletion'
    const restored = other?.history.find(({ version }) => version === 'v1')
    if (restored === undefined) throw new Error('nothing to roll back to')
    const { sha256, r2_object_key } = restored
    other?.history.unshift({
      version: 'v3',
      timestamp: '2026-01-02T03:04:05.000Z',
      sha256,
      r2_object_key,
      commit: 'pending-merge',
      description: 'Back to v1',
    })
  })
  const buckets = await saveBuckets(access, path.join(folder, 'objects'))
  return { access, template, folder, buckets, command: ['publish'] }
}

/** The commands that propose something of a dataset that is there, but for `prepare`. */
export const proposingCommands: readonly (readonly [string, ...string[]])[] = [
  ['rollback', 'model.sqlite', '--to', 'v1'],
  ['delete', 'model.sqlite@v1', '--confirm', 'model.sqlite@v1'],
  ['prune', 'model.sqlite', '--keep', '1'],
  // From the base, from a branch that keeps something, and from one that does not.
  ['withdraw', 'waiting.sqlite@v2'],
  ['withdraw', 'model.sqlite@v3'],
  ['withdraw', 'waiting.sqlite@v3'],
  ['rebase', 'late.sqlite', '--accept-reverts'],
]

/** One of them: two datasets are published, one has a version that waits, and branches propose more. */
export async function proposingJob(
  folder: string,
  access: S3Access,
  command: Job['command'],
): Promise<Job> {
  await restoreBuckets(access, [])
  const template = path.join(folder, 'template')
  const model = [published('model', 'v2'), published('model', 'v1')]
  const waiting = [upload('waiting', 'v2'), published('waiting', 'v1')]
  const text = (...datasets: readonly TestDataset[]): string =>
    `${JSON.stringify(datasets, null, 2)}\n`
  const both = [dataset('model', model), dataset('waiting', waiting)]
  const base = { 'manifest.json': text(...both) }
  const late = upload('late', 'v1', { text: 'ours' })
  const { remote } = await createDataRepository(template, base)
  const on = (branch: string, ...datasets: readonly TestDataset[]): FilesCommit => {
    const files = { 'manifest.json': text(...datasets) }
    return { ref: `refs/heads/data/${branch}`, from: 'refs/heads/main', files, message: branch }
  }
  const marked = { ...published('model', 'v1'), status: 'pending-deletion' }
  await commitFiles(remote.folder, [
    on(
      'model-v3',
      dataset('model', [upload('model', 'v3'), published('model', 'v2'), marked]),
      dataset('waiting', waiting),
    ),
    on(
      'waiting-v3',
      dataset('model', model),
      dataset('waiting', [upload('waiting', 'v3'), ...waiting]),
    ),
    on('late-v1', ...both, dataset('late', [late])),
    {
      ref: 'refs/heads/main',
      files: { 'manifest.json': text(...both, dataset('late', [published('late', 'v1')])) },
    },
  ])
  const staged = path.join(folder, 'ours')
  await writeFile(staged, 'ours')
  const stamp = { sha256: late.sha256, bucket: 'production' }
  await openBucket(access, 'staging').put(late.staging_key ?? '', staged, { stamp })
  for (const [stem, version] of [
    ['model', 'v1'],
    ['model', 'v2'],
    ['waiting', 'v1'],
    ['late', 'v1'],
  ] as const) {
    const { sha256, r2_object_key: key } = published(stem, version)
    const file = path.join(folder, `${stem}-${version}`)
    await writeFile(file, `${stem} ${version}`)
    await openBucket(access, 'production').put(key, file, { stamp: { sha256 } })
  }
  const buckets = await saveBuckets(access, path.join(folder, 'objects'))
  return { access, template, folder, buckets, command }
}

/** Marks a dataset, and commits to the base what a publication would have made of that long ago. */
async function giveUp({ git, folder }: TestRepository, name: string): Promise<void> {
  const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  const datasets = JSON.parse(await git('show', 'main:manifest.json')) as TestDataset[]
  const [entry] = datasets.find(({ fileName }) => fileName === name)?.history ?? []
  if (entry === undefined) throw new Error(`no ${name}`)
  const marked = datasets.map((one) =>
    one.fileName === name ? { ...one, status: 'pending-deletion' } : one,
  )
  const since = longAgo.toISOString()
  const object = { bucket: 'production', key: entry.r2_object_key, since }
  const ref = 'refs/heads/main'
  await commitFiles(folder, [
    { ref, message: `Mark ${name}`, files: { 'manifest.json': text(marked) } },
    {
      ref,
      message: `Delete ${name}`,
      files: {
        'manifest.json': text(datasets.filter(({ fileName }) => fileName !== name)),
        'manifest.retired.json': text({ numbers: { [name]: 1 }, objects: [object] }),
      },
    },
  ])
}
