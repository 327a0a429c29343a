import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchBase } from '../../../lib/base/base.ts'
import { readRetired } from '../../../lib/base/read-retired.ts'
import { stagingKey } from '../../../lib/manifest/keys.ts'
import { cloneRepository, testRepository } from '../../helpers/git-repository.ts'
import { open } from '../git/sandbox.ts'
import { giveUp, long, run } from './sweeping.ts'
import { dataset, day, onScene, owner, published, type Scene, sha, upload } from './scene.ts'

const test = suite('sweep, of what the list says')

const unexplained = 'the list of what was given up is not one that a publication wrote'

test(
  'a list that no publication wrote removes nothing, also nothing staged',
  onScene(async (scene) => {
    const { put, commit } = scene
    const victim = published('victim', 'v1')
    await put('production', victim.r2_object_key, 'victim v1')
    const key = stagingKey(owner, 'production', sha('staged'))
    await put('staging', key, 'staged', { ageMs: 8 * day })
    const young = stagingKey(owner, 'production', sha('young'))
    await put('staging', young, 'young')
    await giveUp(scene, { listed: {} })
    const of = (stem: string): object => {
      return { bucket: 'production', key: published(stem, 'v1').r2_object_key, since: long }
    }
    const retired = { numbers: { 'listed.sqlite': 1 }, objects: [of('listed'), of('victim')] }
    await commit('refs/heads/main', { retired })
    const swept = await run(scene)
    assert.equal(swept.removed, [])
    assert.equal(
      swept.kept.map((one) => [one.reason, one.until === null]),
      [
        ['it was staged a short time ago', false],
        [unexplained, true],
        [unexplained, true],
      ],
    )
  }),
)

test(
  'what is due must have come on the list by a publication, and when it says',
  onScene(async (scene) => {
    const { put, commit } = scene
    const main = 'refs/heads/main'
    const entry = (stem: string): ReturnType<typeof published> => published(stem, 'v1')
    for (const stem of ['unmarked', 'hasty', 'orphan', 'honest']) {
      await put('production', entry(stem).r2_object_key, `${stem} v1`)
    }
    const listed = (...stems: string[]): object[] =>
      stems.map((stem) => {
        return { bucket: 'production', key: entry(stem).r2_object_key, since: long }
      })
    const status = 'pending-deletion'
    const marked = (stem: string): ReturnType<typeof dataset> =>
      dataset(stem, [entry(stem)], { status })
    const other = upload('orphan', 'v1', { text: 'other' })
    const numbers = { 'unmarked.sqlite': 1, 'hasty.sqlite': 1, 'honest.sqlite': 1 }
    const sweepNow = async (): Promise<Record<string, string>> => {
      const swept = await run(scene)
      return Object.fromEntries([
        ...swept.removed.map(({ key }) => [key.split('/')[0], 'removed']),
        ...swept.kept.map(({ key, reason }) => [key.split('/')[0], reason]),
      ]) as Record<string, string>
    }
    await commit(
      main,
      {
        datasets: [
          dataset('unmarked', [entry('unmarked')]),
          marked('hasty'),
          dataset('orphan', [entry('orphan')]),
          marked('honest'),
        ],
      },
      // Taken out of the manifest and put on the list by hand; the next commit is above suspicion.
      {
        datasets: [marked('hasty'), dataset('orphan', [entry('orphan')]), marked('honest')],
        retired: { numbers, objects: listed('unmarked') },
      },
      // As a publication does it, but today, as if it had been long ago.
      {
        datasets: [dataset('orphan', [entry('orphan')]), marked('honest')],
        retired: { numbers, objects: listed('unmarked', 'hasty') },
        time: new Date(),
      },
      // As if other bytes had been in the place of what was published.
      {
        datasets: [dataset('orphan', [{ ...other, commit: 'abcdef2' }]), marked('honest')],
        retired: { numbers, objects: listed('unmarked', 'hasty', 'orphan') },
      },
      {
        datasets: [dataset('orphan', [{ ...other, commit: 'abcdef2' }])],
        retired: { numbers, objects: listed('unmarked', 'hasty', 'orphan', 'honest') },
      },
    )
    const reason = 'no publication gave it up'
    const expected = { unmarked: reason, hasty: reason, orphan: reason, honest: 'removed' }
    assert.equal(await sweepNow(), expected)
  }),
)

test(
  'what somebody took off the list and a publication put back has been there all along',
  onScene(async (scene) => {
    const key = await giveUp(scene, { a: {}, b: {} })
    const objects = ['a', 'b'].map((stem) => {
      return { bucket: 'production', key: key[stem], since: long }
    })
    const numbers = { 'a.sqlite': 1, 'b.sqlite': 1 }
    const marked = dataset('c', [published('c', 'v1')], { status: 'pending-deletion' })
    await scene.commit(
      'refs/heads/main',
      { datasets: [marked], retired: 'no list' },
      { retired: { numbers, objects } },
      // So that nobody looks at what is above.
      { datasets: [], retired: { numbers: { ...numbers, 'c.sqlite': 1 }, objects } },
    )
    const swept = await run(scene)
    assert.equal(swept, {
      removed: objects.map(({ bucket, key: one }) => ({ bucket, key: one })),
      kept: [],
    })
  }),
)

test(
  'what an entry has named in between has been on the list only since then',
  onScene(async (scene) => {
    const key = await giveUp(scene, { a: {} })
    const objects = [{ bucket: 'production', key: key['a'], since: long }]
    const numbers = { 'a.sqlite': 1 }
    const marked = dataset('c', [published('c', 'v1')], { status: 'pending-deletion' })
    const again = dataset('a', [published('a', 'v1')])
    await scene.commit(
      'refs/heads/main',
      { datasets: [again, marked] },
      // A publication.
      { retired: { numbers, objects: [] } },
      // By hand, with the time that it had before.
      { datasets: [marked], retired: { numbers, objects } },
      { datasets: [], retired: { numbers: { ...numbers, 'c.sqlite': 1 }, objects } },
    )
    const swept = await run(scene)
    assert.equal(
      [swept.removed, swept.kept.map(({ reason }) => reason)],
      [[], ['no publication gave it up']],
    )
  }),
)

test(
  'a shallow clone is completed to see who wrote the list, where something on it is due',
  onScene(async (scene) => {
    const key = await giveUp(scene, { listed: {} })
    const { commit, home, folder } = scene
    const later = { files: { other: '1' } }
    await commit('refs/heads/main', later, { files: { other: '2' } })
    const shallow = async (name: string): Promise<Scene> => {
      const place = path.join(folder, name)
      const options = ['--bare', '--depth=1']
      await cloneRepository(`file://${home.folder}`, place, options)
      return { ...scene, repository: await open(place) }
    }
    const isShallow = async ({ repository }: Scene): Promise<boolean> =>
      (await testRepository(repository.root).git('rev-parse', '--is-shallow-repository')) === 'true'
    const old = stagingKey(owner, 'production', sha('old'))
    await scene.put('staging', old, 'old', { ageMs: 8 * day })
    const honest = await shallow('honest')
    assert.equal(
      (await run(honest, true)).removed.map((one) => one.key),
      [key['listed'], old],
    )
    await scene.store('staging').remove(old)
    assert.is(await isShallow(honest), false)
    const object = { bucket: 'production', key: key['listed'], since: '2020-01-01T00:00:00.000Z' }
    const forged = { numbers: { 'listed.sqlite': 1 }, objects: [object] }
    await commit('refs/heads/main', { retired: forged }, { files: { other: '3' } })
    const swept = await run(await shallow('forged'))
    assert.equal([swept.removed, swept.kept.map(({ reason }) => reason)], [[], [unexplained]])
    // One that cannot be read is none at all, and no empty one.
    await commit('refs/heads/main', { retired: '{' }, { files: { other: '5' } })
    const { repository } = await shallow('broken')
    const base = await fetchBase(repository, 'manifest.json')
    const retired = await readRetired(repository, base.commit, 'manifest.json')
    assert.is(retired.problem?.code, 'DM_RETIRED_UNEXPLAINED')
    assert.equal(
      retired.list?.objects.map((one) => one.key),
      [key['listed']],
    )
    // What is staged has nothing to do with the list.
    await scene.store('production').remove(key['listed'] ?? '')
    const young = { ...object, since: new Date().toISOString() }
    await commit(
      'refs/heads/main',
      { retired: { ...forged, objects: [young] } },
      { files: { other: '4' } },
    )
    const staged = stagingKey(owner, 'production', sha('staged'))
    await scene.put('staging', staged, 'staged', { ageMs: 8 * day })
    const only = await shallow('only')
    assert.equal(
      (await run(only)).removed.map((one) => one.key),
      [staged],
    )
    assert.is(await isShallow(only), true)
  }),
)

test.run()
