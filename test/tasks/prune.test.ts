import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Going } from '../../lib/change/removal.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { runHere } from '../helpers/dm-here.ts'
import { dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm prune')
const main = 'refs/heads/main'
const status = 'pending-deletion'

/** A pending entry that goes back to a version. */
function back(version: string, to: string): TestEntry {
  const { staging_key: _none, ...entry } = upload('m', to)
  return { ...entry, version }
}

/** Published versions of `m.sqlite`, the newest first, with their objects. */
async function versions({ put }: WorkScene, ...names: string[]): Promise<TestEntry[]> {
  const entries = names.map((name) => published('m', name))
  for (const [index, { r2_object_key: key }] of entries.entries()) {
    await put('production', key, `m ${names[index]}`)
  }
  return entries
}

const told = (rows: unknown): unknown[] =>
  (rows as Going[]).map(({ version, namedBy, stays }) => [version, stays, namedBy])

test(
  'the newest stay, the others are proposed for deletion, merged and gone after publish',
  onWork(async (scene) => {
    const { commit, dm, home, publish, work } = scene
    await commit(main, { datasets: [dataset('m', await versions(scene, 'v3', 'v2', 'v1'))] })
    const before = await home.git('for-each-ref')
    const dry = await dm('prune', 'm.sqlite', '--keep', '1', '--dry-run')
    assert.equal([dry.exit, dry.document['pushed'], dry.document['wouldPush']], [0, false, true])
    assert.is(await home.git('for-each-ref'), before)
    const { exit, document } = await dm('prune-versions', 'm.sqlite', '--keep', '1')
    assert.equal([exit, document['changed'], document['pushed']], [0, true, true])
    assert.equal(told(document['versions']), [
      ['v2', false, []],
      ['v1', false, []],
    ])
    assert.equal([document['kept'], document['freedBytes']], [['v3'], 8])
    assert.is(document['branch'], 'data/m-prune-1')
    const again = await dm('prune', 'm.sqlite', '--keep', '1')
    assert.equal([again.exit, again.document['alreadyPrepared']], [0, true])
    await home.git('update-ref', main, 'data/m-prune-1')
    assert.equal((await publish(0)).deleted, ['m v2', 'm v1'])
    const nothing = await runHere(work, ['prune', 'm.sqlite', '--keep', '1'])
    assert.match(nothing.stdout, 'Nothing to delete of m.sqlite. Published: v3.')
    assert.is((await dm('prune', 'm.sqlite', '--keep', '1')).document['changed'], false)
  }),
)

test(
  'who else names the bytes is told, and what a pending rollback brings back stays',
  onWork(async (scene) => {
    const { commit, dm, home, work } = scene
    const [v4, v3, v2, v1] = await versions(scene, 'v4', 'v3', 'v2', 'v1')
    const entries = [v4, v3, v2, v1] as TestEntry[]
    // Other datasets that have the very object, the second of them to be deleted itself, and the third
    // in another bucket; and a version that is marked and not counted.
    const shares = (stem: string, to: string, more: object = {}): TestDataset =>
      dataset(stem, [{ ...published('m', to), version: 'v7' }], more)
    const others = [
      shares('other', 'v1'),
      shares('leaves', 'v3', { status }),
      shares('away', 'v1', { bucket: 'internal' }),
    ]
    const own = [back('v6', 'v2'), { ...published('m', 'v5'), status }, ...entries]
    await commit(main, { datasets: [dataset('m', own), ...others] })
    const add = (version: string, to: string): TestDataset =>
      dataset('m', [back(version, to), ...own])
    await commit('refs/heads/data/m-again', { datasets: [add('v8', 'v3'), ...others], from: main })
    await commit('refs/pull/9/head', { datasets: [add('v9', 'v3'), ...others], from: main })
    const { document } = await dm('prune', 'm.sqlite', '--keep', '1', '--dry-run')
    assert.equal(told(document['versions']), [
      [
        'v3',
        true,
        ['leaves.sqlite v7, to be deleted', "the branch 'data/m-again'", 'pull request 9'],
      ],
      ['v1', true, ['other.sqlite v7']],
    ])
    assert.equal(document['kept'], ['v4', 'v2'])
    assert.equal(document['needed'], [{ version: 'v2', by: 'v6' }])
    assert.is(document['freedBytes'], 0)
    await home.git('update-ref', '-d', 'refs/heads/data/m-again')
    const text = await runHere(work, ['prune', 'm.sqlite', '--keep', '1', '--dry-run'])
    // Anybody can open a pull request.
    assert.match(
      text.stdout,
      /v3 +4 B +its bytes go: named by leaves\.sqlite v7, to be deleted, pull request 9\n/,
    )
    assert.match(text.stdout, 'v2 stays: v6, which is pending, goes back to it.')
  }),
)

test(
  'what it cannot do is said, and nothing is changed',
  onWork(async (scene) => {
    const { commit, dm, home } = scene
    const entries = await versions(scene, 'v2', 'v1')
    const gone = { ...dataset('gone', [published('gone', 'v1'), published('gone', 'v2')]), status }
    await commit(main, { datasets: [dataset('m', entries), gone] })
    const before = await home.git('for-each-ref')
    for (const keep of ['0', '-1', '1.5', 'all', 'v1', '']) {
      const refused = await dm('prune', 'm.sqlite', `--keep=${keep}`)
      assert.equal([refused.exit, refused.code], [2, 'DM_USAGE'], keep)
    }
    const bare = await dm('prune', 'm.sqlite')
    assert.equal([bare.exit, bare.code], [2, 'DM_USAGE'])
    assert.match(bare.hint, 'Give --keep N. 2 versions are published.')
    assert.is((await dm('prune', 'n.sqlite', '--keep', '1')).code, 'DM_UNKNOWN_DATASET')
    for (const [name, keep] of [
      ['m.sqlite', '2'],
      ['gone.sqlite', '1'],
    ] as const) {
      const { exit, document } = await dm('prune', name, '--keep', keep)
      assert.equal([exit, document['changed'], document['branch']], [0, false, null])
    }
    assert.is(await home.git('for-each-ref'), before)
  }),
)

test.run()
