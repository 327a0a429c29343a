import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ageObject } from '../helpers/age-object.ts'
import { longAgo } from '../helpers/commit-files.ts'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { takeStock, verifyInvariants } from '../helpers/invariants.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm publish against whoever can merge')
const main = 'refs/heads/main'
const status = 'pending-deletion'
const since = longAgo.toISOString()

/** Runs a body and asserts that nothing was lost in it. */
async function losing({ home, store }: WorkScene, body: () => Promise<void>): Promise<void> {
  const world = { git: home.git, open: store }
  const before = await takeStock(world)
  await body()
  await verifyInvariants(world, before)
}

async function stored({ put }: WorkScene, ...names: [stem: string, version: string][]) {
  for (const [stem, version] of names) {
    const { r2_object_key: key } = published(stem, version)
    await put('production', key, `${stem} ${version}`)
  }
}

const keyOf = (stem: string, version: string): string => published(stem, version).r2_object_key

test(
  'an object that a rollback shares survives its deletion, a revert, and the revert of the revert',
  onWork(async (scene) => {
    const { commit, publish, keys } = scene
    await stored(scene, ['m', 'v1'], ['m', 'v2'])
    const twin = { ...published('m', 'v1'), version: 'v3' }
    const marked = published('m', 'v1', { status })
    await commit(main, { datasets: [dataset('m', [twin, published('m', 'v2'), marked])] })
    await losing(scene, async () => {
      assert.equal((await publish(0)).deleted, ['m v1'])
      // The rollback is reverted in git; nothing says that its object is not wanted any more.
      await commit(main, { datasets: [dataset('m', [published('m', 'v2')])] })
      assert.equal((await publish(0)).removed, [])
      await commit(main, { datasets: [dataset('m', [twin, published('m', 'v2')])] })
      assert.equal((await publish(0)).removed, [])
      // All of it is gone, and comes back.
      await commit(main, { datasets: [] })
      assert.equal((await publish(0)).removed, [])
      await commit(main, { datasets: [dataset('m', [twin, published('m', 'v2')])] })
      await publish(0)
    })
    assert.is((await keys('production')).length, 2)
  }),
)

test(
  'a manifest that moves between the push and the sweep names what it named',
  onWork(async (scene) => {
    const { commit, publish, home } = scene
    await stored(scene, ['m', 'v1'])
    const object = { bucket: 'production', key: keyOf('m', 'v1'), since }
    const retired = { numbers: { 'm.sqlite': 1 }, objects: [object] }
    const entry = upload('a', 'v1')
    await scene.put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production' })
    await commit(
      main,
      { datasets: [dataset('m', [published('m', 'v1')], { status })] },
      { datasets: [], retired },
      { datasets: [dataset('a', [entry])] },
    )
    const whole = { 'data.json': JSON.stringify([dataset('m', [published('m', 'v1')])]) }
    await commit('refs/moved', { from: `${main}^0`, datasets: null, files: whole })
    const hook = '#!/bin/sh\ncat >/dev/null\ngit update-ref refs/heads/main refs/moved\n'
    await writeFile(path.join(home.folder, 'hooks/post-receive'), hook, { mode: 0o755 })
    const told = await publish(0)
    assert.equal([told.published, told.removed], [['a v1'], []])
    assert.equal(told.notices, ['DM_SWEEP_NO_MANIFEST'])
  }),
)

test('of two folders that wait for the same bytes, each finds its own, however old they are', () =>
  inFolder(async (folder) => {
    const storage = { type: 'folder', path: path.join(folder, 'store') }
    const config = JSON.stringify({ storage, repository: owner, page: null })
    const { work, remote, merge } = await createDataRepository(folder, {
      'a/datamanager.config.json': config,
      'b/datamanager.config.json': config,
    })
    const file = await createTemoaDatabase(folder)
    const dm = (place: string, ...args: string[]): ReturnType<typeof dmHere> =>
      dmHere(path.join(work.folder, place), args)
    for (const place of ['a', 'b']) {
      const { document } = await dm(place, 'prepare', `${place}.sqlite`, file)
      const { key } = document['staged'] as { key: string }
      await ageObject(path.join(storage.path, 'staging'), key, 8 * day)
      await merge(String(document['branch']))
    }
    const first = await dm('a', 'publish')
    assert.is((first.document['removed'] as unknown[]).length, 1)
    const second = await dm('b', 'publish')
    assert.is((second.document['published'] as unknown[]).length, 1, JSON.stringify(second))
    assert.is(await remote.git('log', '-1', '--format=%s', 'main'), 'Publish b.sqlite v1')
  }))

test(
  'whoever knows the hash of private bytes does not get them into a public bucket',
  onWork(async (scene) => {
    const { put, commit, publish, keys } = scene
    const hidden = upload('hidden', 'v1', { bucket: 'internal' })
    await put('staging', hidden.staging_key ?? '', 'hidden v1', { meant: 'internal' })
    const open = { ...hidden, r2_object_key: `open/v1-${hidden.sha256}.sqlite` }
    const internal = dataset('hidden', [hidden], { bucket: 'internal' })
    await commit(main, { datasets: [internal, dataset('open', [open])] })
    await losing(scene, async () => {
      const first = await publish(3, 'DM_PUBLISH_INCOMPLETE')
      assert.equal(first.failed, ['open v1 DM_CHANGE_DISCLOSURE'])
      assert.equal(first.published, ['hidden v1'])
      const disclosing = dataset('open', [{ ...open, disclose: true }])
      await commit(main, { datasets: [disclosing] })
      const alone = await publish(3, 'DM_PUBLISH_INCOMPLETE')
      assert.equal(alone.failed, ['open v1 DM_STAGED_BUCKET'])
    })
    assert.equal(await keys('production'), [])
  }),
)

test(
  'a bucket that is changed in one merge gets nothing in the next',
  onWork(async (scene) => {
    const { put, commit, publish, keys } = scene
    const v1 = published('m', 'v1')
    await put('internal', v1.r2_object_key, 'm v1')
    const v2 = upload('m', 'v2')
    await put('staging', v2.staging_key ?? '', 'm v2', { meant: 'production' })
    await commit(
      main,
      { datasets: [dataset('m', [v1], { bucket: 'internal' })] },
      { datasets: [dataset('m', [v1], { bucket: 'production' })] },
    )
    const changed = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(changed.problems, ['m v1 DM_OBJECT_MISSING'])
    await commit(main, { datasets: [dataset('m', [v2, v1])] })
    const next = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(next.failed, ['m v2 DM_CHANGE_BLOCKED'])
    assert.equal(await keys('production'), [])
    // Put back, and prepared again, it goes where it belongs.
    const right = upload('m', 'v2', { bucket: 'internal' })
    await put('staging', right.staging_key ?? '', 'm v2', { meant: 'internal' })
    await commit(
      main,
      { datasets: [dataset('m', [v1], { bucket: 'internal' })] },
      { datasets: [dataset('m', [right, v1], { bucket: 'internal' })] },
    )
    await losing(scene, async () => {
      assert.equal((await publish(0)).published, ['m v2'])
    })
  }),
)

test(
  'published entries that are edited or made up are told, and stop neither deletions nor others',
  onWork(async (scene) => {
    const { put, commit, publish } = scene
    await stored(scene, ['m', 'v1'], ['m', 'v2'], ['m', 'v3'])
    const entry = upload('a', 'v1')
    await put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production' })
    const all = [published('m', 'v3'), published('m', 'v2'), published('m', 'v1')]
    const made = published('m', 'v4', { text: 'made up' })
    const edited = published('m', 'v1', { sha256: sha('another') })
    const marked = published('m', 'v2', { status })
    await commit(
      main,
      { datasets: [dataset('m', all)] },
      {
        datasets: [
          dataset('m', [made, published('m', 'v3'), marked, edited]),
          dataset('a', [entry]),
        ],
      },
    )
    const told = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(told.problems, ['m v4 DM_OBJECT_MISSING', 'm v1 DM_OBJECT_KEY'])
    assert.equal([told.published, told.deleted, told.removed], [['a v1'], ['m v2'], []])
  }),
)

test(
  'a size that is not that of the bytes is never published, wherever they are',
  onWork(async (scene) => {
    const { put, commit, publish, keys, home } = scene
    const forged = upload('m', 'v1', { bytes: 9_007_199_254_740_991 })
    await put('staging', forged.staging_key ?? '', 'm v1', { meant: 'production' })
    await commit(main, { datasets: [dataset('m', [forged])] })
    const staged = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(staged.failed, ['m v1 DM_OBJECT_SIZE'])
    assert.equal(await keys('production'), [])
    await stored(scene, ['m', 'v1'])
    const there = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(there.failed, ['m v1 DM_OBJECT_SIZE'])
    assert.match(await home.git('show', 'main:manifest.json'), 'pending-merge')
    await commit(main, { datasets: [dataset('m', [upload('m', 'v1')])] })
    assert.equal((await publish(0)).published, ['m v1'])
  }),
)

test(
  'a broken manifest that the next commit mends holds nothing up',
  onWork(async (scene) => {
    const { put, commit, publish } = scene
    const entry = upload('m', 'v1')
    await put('staging', entry.staging_key ?? '', 'm v1', { meant: 'production' })
    const good = { datasets: [dataset('m', [entry])] }
    await commit(main, good, { datasets: '[<<<<<<< HEAD' })
    assert.is((await scene.dm('publish')).exit, 3)
    await commit(main, good)
    assert.equal((await publish(0)).published, ['m v1'])
  }),
)

test(
  'what is deleted, and named by a pull request that was closed, is told, and goes in its time',
  onWork(async (scene) => {
    const { commit, publish, home } = scene
    await stored(scene, ['m', 'v1'], ['m', 'v2'], ['old', 'v1'])
    const pending = published('m', 'v1', { commit: 'pending-merge' })
    // Squashed, so that the base does not have the head's commit.
    await commit('refs/pull/1/head', {
      from: `${main}^0`,
      datasets: [
        dataset('m', [pending]),
        dataset('old', [published('old', 'v1', { commit: 'pending-merge' })]),
      ],
    })
    const object = { bucket: 'production', key: keyOf('old', 'v1'), since }
    await commit(
      main,
      { datasets: [dataset('old', [published('old', 'v1')], { status })] },
      { datasets: [], retired: { numbers: { 'old.sqlite': 1 }, objects: [object] } },
      { datasets: [dataset('m', [published('m', 'v2'), published('m', 'v1', { status })])] },
    )
    await losing(scene, async () => {
      const told = await publish(0)
      assert.equal(told.deleted, ['m v1'])
      assert.equal(told.removed, [keyOf('old', 'v1')])
      assert.equal(told.kept, { [keyOf('m', 'v1')]: 'it was given up a short time ago' })
      const [kept] = told.document['kept'] as { until: string }[]
      const left = Date.parse(kept?.until ?? '') - Date.now()
      assert.ok(left > 6.9 * day && left <= 7 * day, kept?.until ?? '')
    })
    const list = JSON.parse(await home.git('show', 'main:manifest.retired.json')) as {
      objects: { key: string }[]
    }
    assert.equal(
      list.objects.map(({ key }) => key),
      [keyOf('m', 'v1'), keyOf('old', 'v1')],
    )
  }),
)

test.run()
