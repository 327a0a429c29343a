import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import type { S3Access } from '../helpers/buckets.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { type Document, inLife, type Life } from './life-scene.ts'

/** `<name>@<version>` of what is published → the file that it was. */
type Files = Record<string, string>

/** Registers a walk through all that can become of datasets, whatever the S3 server. */
export function registerWholeLife(
  test: Test,
  withServer: (body: (access: S3Access) => Promise<void>) => Promise<void>,
): void {
  test('whatever becomes of two datasets, the invariants hold after every step', () =>
    withServer((access) =>
      inFolder((folder) =>
        inLife(access, folder, async (life) => {
          const files: Files = {}
          await begin(life, files)
          await rollBackAndPrune(life, files)
          await withdraw(life)
          await rebase(life, files)
          await deleteAndCreateAgain(life, files)
          await cleanUp(life, files)
        }),
      ),
    ))
}

const lengthOf = (document: Document, field: string): number =>
  (document[field] as unknown[]).length

/** Two datasets, one of them private, and an update of each. */
async function begin(life: Life, files: Files): Promise<void> {
  const { ada, refused, merge, database, pull, base, keys } = life
  for (const version of ['v1', 'v2']) {
    const model = (files[`model.sqlite@${version}`] = await database())
    await merge(await ada('prepare', 'model.sqlite', model))
    const secret = (files[`secret.sqlite@${version}`] = await database())
    const bucket = version === 'v1' ? ['--bucket', 'internal'] : []
    await merge(await ada('prepare', 'secret.sqlite', secret, ...bucket))
    assert.is(lengthOf(await ada('publish'), 'published'), 2)
  }
  const secret = files['secret.sqlite@v1'] ?? ''
  await refused(2, 'DM_DISCLOSURE_UNCONFIRMED', 'prepare', 'model.sqlite', secret, '-y')
  await pull(files)
  assert.equal(await base(), ['model v2', 'model v1', 'secret v2', 'secret v1'])
  assert.equal(await keys('production'), ['model/v1', 'model/v2'])
  assert.equal(await keys('internal'), ['secret/v1', 'secret/v2'])
}

async function rollBackAndPrune(life: Life, files: Files): Promise<void> {
  const { ada, refused, merge, pull, base, keys } = life
  await merge(await ada('rollback', 'model.sqlite', '--to', 'v1'))
  assert.is(lengthOf(await ada('publish'), 'rolledBack'), 1)
  const model = (files['model.sqlite@v3'] = files['model.sqlite@v1'] ?? '')
  await merge(await ada('prune', 'model.sqlite', '--keep', '1'))
  assert.equal((await base()).slice(0, 3), ['model v3', 'model v2 marked', 'model v1 marked'])
  // Marked is not gone.
  await pull({ 'model.sqlite@v2': files['model.sqlite@v2'] ?? '', 'model.sqlite@v3': model })
  assert.is(lengthOf(await ada('publish'), 'deleted'), 2)
  delete files['model.sqlite@v1']
  delete files['model.sqlite@v2']
  // What was pulled before stays, and nobody gets what is not there any more.
  await refused(2, 'DM_UNKNOWN_VERSION', 'pull', 'model.sqlite@v2')
  await refused(2, 'DM_UNKNOWN_VERSION', 'rollback', 'model.sqlite', '--to', 'v2')
  // Given up is not gone, and the bytes of v1 are those of v3.
  assert.equal(await keys('production'), ['model/v1', 'model/v2'])
}

/** From a branch, from the base, and a mark. */
async function withdraw(life: Life): Promise<void> {
  const { ada, merge, database, base } = life
  const before = await base()
  await ada('prepare', 'secret.sqlite', await database())
  await ada('withdraw', 'secret.sqlite@v3')
  await merge(await ada('prepare', 'model.sqlite', await database()))
  assert.equal((await base())[0], 'model v4 pending')
  await merge(await ada('withdraw', 'model.sqlite'))
  await merge(await ada('delete', 'model.sqlite@v3', '--confirm', 'model.sqlite@v3'))
  assert.equal((await base())[0], 'model v3 marked')
  await merge(await ada('withdraw', 'model.sqlite@v3'))
  assert.equal(await base(), before)
  assert.is((await ada('publish'))['commit'], null)
}

/** Both prepare the same number; and one that was withdrawn nobody has had. */
async function rebase(life: Life, files: Files): Promise<void> {
  const { ada, bob, merge, database, pull } = life
  const [adas, bobs] = [await database(), await database()]
  const proposed = await ada('prepare', 'secret.sqlite', adas)
  const other = await bob('prepare', 'secret.sqlite', bobs)
  assert.equal([proposed['version'], other['version']], ['v3', 'v3'])
  await merge(proposed)
  assert.is(lengthOf(await ada('publish'), 'published'), 1)
  const rebased = await bob('rebase', 'secret.sqlite', '--accept-reverts')
  assert.equal([rebased['version'], rebased['from']], ['v4', 'v3'])
  await merge(rebased)
  const model = await database()
  const anew = await ada('prepare', 'model.sqlite', model)
  assert.is(anew['version'], 'v4')
  await merge(anew)
  assert.is(lengthOf(await bob('publish'), 'published'), 2)
  const added = { 'secret.sqlite@v3': adas, 'secret.sqlite@v4': bobs, 'model.sqlite@v4': model }
  await pull(Object.assign(files, added))
}

/** The newest version, and a whole dataset whose name then gets another life, with old bytes. */
async function deleteAndCreateAgain(life: Life, files: Files): Promise<void> {
  const { ada, merge, refused, database, pull, base, keys } = life
  await merge(await ada('delete', 'model.sqlite@v4', '--confirm', 'model.sqlite@v4'))
  await refused(2, 'DM_DELETION_UNCONFIRMED', 'delete', 'secret.sqlite', '-y')
  await merge(await ada('delete', 'secret.sqlite', '--confirm', 'secret.sqlite'))
  const model = await database()
  await refused(2, 'DM_DATASET_MARKED', 'prepare', 'secret.sqlite', model)
  assert.is(lengthOf(await ada('publish'), 'deleted'), 5)
  assert.equal(await base(), ['model v3'])
  const secret = files['secret.sqlite@v1'] ?? ''
  for (const item of Object.keys(files)) if (item !== 'model.sqlite@v3') delete files[item]
  await merge(await ada('prepare', 'model.sqlite', model))
  await merge(await ada('prepare', 'secret.sqlite', secret, '--bucket', 'internal'))
  assert.is(lengthOf(await ada('publish'), 'published'), 2)
  assert.equal(await base(), ['model v5', 'model v3', 'secret v5'])
  await pull(Object.assign(files, { 'model.sqlite@v5': model, 'secret.sqlite@v5': secret }))
  assert.equal(
    await keys('internal'),
    ['1', '2', '3', '4', '5'].map((n) => `secret/v${n}`),
  )
}

async function cleanUp(life: Life, files: Files): Promise<void> {
  const { ada, merge, database, pull, keys, companions, leave, wait } = life
  const third = (files['third.sqlite@v1'] = await database())
  const proposed = await ada('prepare', 'third.sqlite', third)
  await leave('model/v9', await database())
  const removedBy = async (...options: string[]): Promise<number> =>
    lengthOf(await ada('cleanup', ...options), 'removed')
  const count = (await keys('staging')).length
  wait(6)
  assert.is(await removedBy('--orphans'), 0)
  wait(2)
  const ofGone = (await companions()).filter((key) => !/(?:model\/v[15]|secret\/v5)-/.test(key))
  assert.ok(ofGone.length > 0)
  assert.is(await removedBy(), count - 1 + 2 + 4 + ofGone.length)
  // What is proposed keeps its bytes, and what nothing names goes only where that is asked for.
  assert.equal(await keys('staging'), ['staging-uploads'])
  assert.equal(await keys('production'), ['model/v1', 'model/v5', 'model/v9'])
  assert.equal(await keys('internal'), ['secret/v5'])
  assert.is(await removedBy('--orphans'), 1)
  await merge(proposed)
  const published = await ada('publish')
  assert.equal([lengthOf(published, 'published'), lengthOf(published, 'removed')], [1, 1])
  await pull({ 'third.sqlite@v1': third })
  delete files['third.sqlite@v1']
  await merge(await ada('delete', 'third.sqlite', '--confirm', 'third.sqlite'))
  const deleting = await ada('publish')
  assert.equal([lengthOf(deleting, 'deleted'), lengthOf(deleting, 'removed')], [1, 0])
  const ofThird = (await companions()).filter((key) => key.startsWith('third/'))
  assert.is(await removedBy('--older-than', '0'), 1 + ofThird.length)
  await pull(files)
  assert.equal(await keys('staging'), [])
  assert.equal((await ada('audit', '--full'))['problems'], [])
}
