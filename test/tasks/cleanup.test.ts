import { execFile } from 'node:child_process'
import { copyFile, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stagingKey } from '../../lib/manifest/keys.ts'
import { dmHere } from '../helpers/dm-here.ts'
import { ageObject } from '../helpers/age-object.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config, s3Environment } from '../helpers/s3-config.ts'
import { startS3Server } from '../helpers/s3-server.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'
import { giveUp } from '../lib/publication/sweeping.ts'
import { describeRemovals } from '../../tasks/reports/removals.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm cleanup')

/** The keys that a run has removed, and why it kept others. */
async function cleanup(
  { dm }: WorkScene,
  ...options: string[]
): Promise<{ removed: string[]; kept: Record<string, string>; aborted: unknown }> {
  const { exit, document } = await dm('cleanup', ...options)
  assert.is(exit, 0, JSON.stringify(document))
  const rows = (field: string): { key: string; reason: string }[] => document[field] as never
  return {
    removed: rows('removed').map(({ key }) => key),
    kept: Object.fromEntries(rows('kept').map(({ key, reason }) => [key, reason])),
    aborted: document['aborted'],
  }
}

const staged = (text: string): string => stagingKey(owner, 'production', sha(text))

test(
  'what was staged long ago goes, but what is named, proposed, foreign or young stays and says why',
  onWork(async (scene) => {
    const { put, commit, keys } = scene
    const waits = upload('model', 'v1')
    const proposed = upload('other', 'v1')
    await commit('refs/heads/main', { datasets: [dataset('model', [waits])] })
    await commit('refs/heads/data/other-v1', {
      from: 'main',
      datasets: [dataset('model', [waits]), dataset('other', [proposed])],
    })
    const old = { ageMs: 20 * day }
    await put('staging', waits.staging_key ?? '', 'model v1', old)
    await put('staging', proposed.staging_key ?? '', 'other v1', old)
    await put('staging', staged('left'), 'left', old)
    await put('staging', staged('young'), 'young', { ageMs: 10 * day })
    const foreign = stagingKey('some/body', 'production', sha('foreign'))
    await put('staging', foreign, 'foreign', { ...old, by: 'some/body' })
    const before = await keys('staging')

    const planned = await cleanup(scene, '--older-than', '2w', '--dry-run')
    assert.equal(planned.removed, [staged('left')])
    assert.equal(await keys('staging'), before)
    const { removed, kept, aborted } = await cleanup(scene, '--older-than', '2w')
    assert.equal(removed, [staged('left')])
    assert.equal(aborted, [])
    assert.equal(kept, {
      [waits.staging_key ?? '']: 'the base names it',
      [proposed.staging_key ?? '']: "the branch 'data/other-v1' may need it",
      [staged('young')]: 'it was staged a short time ago',
    })
    assert.equal(
      (await keys('staging')).toSorted(),
      before.filter((key) => key !== staged('left')).toSorted(),
    )
    // By default, by the config's retention: seven days.
    assert.equal((await cleanup(scene)).removed, [staged('young')])
    assert.ok((await keys('staging')).includes(foreign))
    assert.equal((await cleanup(scene)).removed, [])
  }),
)

test(
  'with --older-than 0 what was given up goes at once, what was staged not within a day',
  onWork(async (scene) => {
    const { put, keys, commit } = scene
    const one = published('model', 'v1')
    const { r2_object_key: key } = one
    await put('production', key, 'model v1')
    const time = new Date()
    const objects = [{ bucket: 'production', key, since: time.toISOString() }]
    await commit(
      'refs/heads/main',
      { datasets: [dataset('model', [one], { status: 'pending-deletion' })], time },
      { datasets: [], retired: { numbers: { 'model.sqlite': 1 }, objects }, time },
    )
    await put('staging', staged('hours'), 'hours', { ageMs: day / 2 })
    await put('staging', staged('days'), 'days', { ageMs: 2 * day })
    assert.equal((await cleanup(scene)).removed, [])
    const { removed, kept } = await cleanup(scene, '--older-than', '0')
    assert.equal(removed, [key, staged('days')])
    assert.equal(kept, { [staged('hours')]: 'it was staged a short time ago' })
    assert.equal(await keys('production'), [])
  }),
)

test(
  'what nothing names goes only where that is asked for, is ours, old, and nobody proposes it',
  onWork(async (scene) => {
    const { put, commit, keys } = scene
    const key = (name: string): string => published('model', 'v7', { text: name }).r2_object_key
    const one = published('model', 'v1')
    const back = published('model', 'v2', {
      commit: 'pending-merge',
      sha256: sha('wanted'),
      r2_object_key: key('wanted'),
    })
    await commit('refs/heads/main', { datasets: [dataset('model', [one])] })
    // Anybody can write a pull request.
    const theirs = { ...back, sha256: sha('stranger'), r2_object_key: key('stranger') }
    await commit('refs/pull/7/head', { from: 'main', datasets: [dataset('model', [theirs, one])] })
    await commit('refs/heads/back', { from: 'main', datasets: [dataset('model', [back, one])] })
    const old = { ageMs: 8 * day }
    await put('production', one.r2_object_key, 'model v1', old)
    await put('production', key('vanished'), 'vanished', old)
    await put('production', key('wanted'), 'wanted', old)
    await put('production', key('stranger'), 'stranger', old)
    await put('production', key('young'), 'young', { ageMs: 6 * day })
    await put('production', key('hours'), 'hours', { ageMs: day / 2 })
    await put('production', key('foreign'), 'foreign', { ...old, by: 'some/body' })
    await put('production', key('unstamped'), 'unstamped', { ...old, by: null })
    await put('production', 'model/notes.txt', 'notes', old)
    // Of a bucket that has no dataset now.
    await put('internal', key('inside'), 'inside', old)
    const before = await keys('production')
    assert.equal((await cleanup(scene)).removed, [])
    const planned = await cleanup(scene, '--orphans', '--dry-run')
    assert.equal(await keys('production'), before)
    const { removed } = await cleanup(scene, '--orphans')
    assert.equal(removed.toSorted(), [key('vanished'), key('inside'), key('stranger')].toSorted())
    assert.equal(planned.removed, removed)
    assert.equal(
      await keys('production'),
      before.filter((other) => other !== key('vanished') && other !== key('stranger')),
    )
    // Never within a day, however little is asked for.
    const recent = await cleanup(scene, '--orphans', '--older-than', '0')
    assert.equal(recent.removed, [key('young')])
    // A list that nobody can rely upon protects everything.
    const forged = { bucket: 'production', key: key('vanished'), since: '2026-01-02T03:04:05.678Z' }
    await commit('refs/heads/main', { retired: { numbers: {}, objects: [forged] } })
    await put('production', key('vanished'), 'vanished', old)
    const { exit, code } = await scene.dm('cleanup', '--orphans')
    assert.equal([exit, code], [3, 'DM_RETIRED_UNEXPLAINED'])
    assert.ok((await keys('production')).includes(key('vanished')))
  }),
)

test(
  'where the base has its manifest somewhere else, nothing of it is an orphan',
  onWork(async (scene) => {
    const { put, commit, keys } = scene
    const one = published('model', 'v1')
    await put('production', one.r2_object_key, 'model v1', { ageMs: 20 * day })
    await commit('refs/heads/main', { datasets: [dataset('model', [one])] })
    await commit('refs/heads/main', { datasets: null, files: { 'data.json': '[]' } })
    for (const options of [['--dry-run'], []]) {
      const { removed } = await cleanup(scene, '--orphans', ...options)
      assert.equal(removed, [])
    }
    assert.equal(await keys('production'), [one.r2_object_key])
  }),
)

test(
  'a clone that does not reach to where the list was written looks further before it calls anything an orphan',
  onWork(async (scene) => {
    const { put, commit, keys, home, work } = scene
    const { model = '' } = await giveUp(scene, { model: {} })
    await ageObject(path.join(scene.folder, 'store/production'), model, 20 * day)
    // Somebody takes it off the list, and goes on.
    await commit('refs/heads/main', { retired: { numbers: { 'model.sqlite': 1 }, objects: [] } })
    await commit('refs/heads/main', { files: { 'README.md': 'later' } })
    await put('staging', staged('young'), 'young')
    const shallow = path.join(scene.folder, 'shallow')
    const clone = ['clone', '--quiet', '--depth', '1', `file://${home.folder}`, shallow]
    await promisify(execFile)('git', clone, { env: gitTestEnvironment })
    await copyFile(
      path.join(work, 'datamanager.config.json'),
      path.join(shallow, 'datamanager.config.json'),
    )
    const { exit, document } = await dmHere(shallow, ['cleanup', '--orphans'])
    assert.is(exit, 3, JSON.stringify(document))
    assert.equal(await keys('production'), [model])
  }),
)

test(
  'what cannot be removed is told, and a failure; a wrong age as well',
  onWork(async (scene) => {
    const { dm, folder } = scene
    const { model = '' } = await giveUp(scene, { model: {} })
    const place = path.join(folder, 'store/production', model)
    await rm(place)
    await symlink('elsewhere', place)
    const { exit, code, document } = await dm('cleanup')
    assert.equal([exit, code], [1, 'DM_CLEANUP_INCOMPLETE'])
    assert.match(JSON.stringify(document['notices']), 'DM_SWEEP_FAILED')
    for (const age of ['7', '-1d', 'week', '']) {
      const wrong = await dm('cleanup', `--older-than=${age}`)
      assert.equal([wrong.exit, wrong.code], [2, 'DM_USAGE'], age)
    }
  }),
)

test('a bucket whose unfinished uploads cannot be listed is told', () =>
  inFolder(async (folder) => {
    const server = await startS3Server(['staging', 'production', 'internal'])
    try {
      const files = { 'manifest.json': '[]', 'datamanager.config.json': s3Config(server.endpoint) }
      const repository = await createRepository(folder)
      await repository.commit('Begin', files)
      const { exit, document } = await dmHere(
        folder,
        ['cleanup'],
        s3Environment(server.credentials),
      )
      assert.is(exit, 0, JSON.stringify(document))
      assert.match(JSON.stringify(document['notices']), 'DM_UPLOADS_UNKNOWN')
    } finally {
      await server.stop()
    }
  }))

test('what goes with a database is counted, and listed where it goes alone', () => {
  const key = published('m', 'v1').r2_object_key
  const removed = [`${key}.diff.sql`, `${key}.zst`, key].map((one) => ({
    bucket: 'internal',
    key: one,
  }))
  const alone = { bucket: 'production', key: `${key}.zst` }
  const lines = describeRemovals(
    { removed: [...removed, alone], kept: [] },
    { dryRun: false, width: Infinity },
  )
  assert.equal(lines, [
    `Removed ${key} from 'internal', and 2 that lie beside it.`,
    `Removed ${key}.zst from 'production'.`,
  ])
})

test.run()
