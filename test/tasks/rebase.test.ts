import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import path from 'node:path'
import { ageObject } from '../helpers/age-object.ts'
import type { TestDataset } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { runHere } from '../helpers/dm-here.ts'
import { testRepository } from '../helpers/git-repository.ts'
import { day, dataset, published, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm rebase')

const main = 'refs/heads/main'
const mine = 'refs/heads/data/m-v2-0123abcd'
const one = published('m', 'v1')
/** Proposed by others, and by us under the same number. */
const theirs = published('m', 'v2')
const ours = upload('m', 'v2', { text: 'ours', owner: 'Ada' })

/** Both have begun at v1; theirs has been merged and published, and the bytes of all are there. */
async function meet({ commit, put }: WorkScene): Promise<void> {
  await put('production', one.r2_object_key, 'm v1')
  await put('production', theirs.r2_object_key, 'm v2')
  await put('staging', ours.staging_key ?? '', 'ours', { meant: 'production' })
  await commit(main, { datasets: [dataset('m', [one])] })
  await commit(mine, { datasets: [dataset('m', [ours, one])], from: main })
  await commit(main, { datasets: [dataset('m', [theirs, one])] })
}

const manifestAt = async ({ home }: WorkScene, ref: string): Promise<TestDataset[]> =>
  JSON.parse(await home.git('show', `${ref}:manifest.json`)) as TestDataset[]

test(
  'a proposal gets the next number of the base, where it may undo what came meanwhile',
  onWork(async (scene) => {
    const { dm, home, publish, keys, folder } = scene
    await meet(scene)
    const tip = await home.git('rev-parse', mine)
    for (const options of [[], ['-y']]) {
      const refused = await dm('rebase', 'm.sqlite', ...options)
      assert.equal([refused.exit, refused.code], [2, 'DM_REBASE_REVERTS'])
      assert.match(refused.message, 'v2')
      assert.match(refused.hint, '--accept-reverts')
    }
    const dry = await dm('rebase', 'm.sqlite', '--dry-run')
    assert.equal([dry.exit, dry.document['unseen']], [0, ['v2']])
    assert.is(await home.git('rev-parse', mine), tip)
    // What is about to be due gets a new date.
    const staging = path.join(folder, 'store/staging')
    await ageObject(staging, ours.staging_key ?? '', 6 * day)
    const { exit, document } = await dm('rebase', 'm.sqlite', '--accept-reverts')
    const { version, from, pushed, reverts, replaces, branch, bytes } = document
    assert.equal(
      { exit, version, from, pushed, reverts, branch, bytes },
      {
        exit: 0,
        version: 'v3',
        from: 'v2',
        pushed: true,
        reverts: [],
        branch: mine.slice(11),
        bytes: 4,
      },
    )
    assert.equal(replaces, { commit: tip, sha256: ours.sha256 })
    assert.is((document['staged'] as { sentBytes: number }).sentBytes, 0)
    const found = await scene.store('staging').head(ours.staging_key ?? '')
    assert.ok(Date.now() - (found?.modified.getTime() ?? 0) < day)
    assert.is(await home.git('rev-parse', `${mine}^`), await home.git('rev-parse', main))
    const [{ history } = dataset('x', [])] = await manifestAt(scene, mine)
    assert.equal(
      history.map((entry) => entry.version),
      ['v3', 'v2', 'v1'],
    )
    assert.is(history[0]?.r2_object_key, `m/v3-${ours.sha256}.sqlite`)
    assert.equal([history[0]?.['owner'], history[0]?.timestamp], ['Ada', ours.timestamp])
    // Twice is once, and it is published.
    const again = await dm('rebase', 'm.sqlite')
    assert.equal([again.exit, again.document['changed']], [0, false])
    await home.git('update-ref', main, mine)
    assert.equal((await publish(0)).published, ['m v3'])
    assert.ok((await keys('production')).includes(`m/v3-${ours.sha256}.sqlite`))
  }),
)

test(
  'prepare again goes on with the branch that was overtaken, unless it has the same bytes',
  onWork(async (scene) => {
    const { dm, home, commit, folder } = scene
    const file = await createTemoaDatabase(folder, 'mine.sqlite', 1)
    const better = await createTemoaDatabase(folder, 'better.sqlite', 2)
    await commit(main, { datasets: [dataset('m', [one])] })
    const first = await dm('prepare', 'm.sqlite', file)
    assert.is(first.document['branch'], 'data/m-v2')
    await commit(main, { datasets: [dataset('m', [theirs, one])] })
    const wanted = await dm('prepare', 'm.sqlite', file, '-y')
    assert.equal([wanted.exit, wanted.code], [2, 'DM_REBASE_WANTED'])
    assert.match(wanted.hint, 'dm rebase m.sqlite')
    const { exit, document } = await dm('prepare', 'm.sqlite', better)
    assert.equal([exit, document['version'], document['branch']], [0, 'v3', 'data/m-v2'])
    assert.is((document['replaces'] as { commit: string }).commit, first.document['commit'])
    assert.is(await home.git('rev-parse', 'data/m-v2^'), await home.git('rev-parse', main))
    // The same again is prepared already, and a correction follows on the same branch.
    const again = await dm('prepare', 'm.sqlite', better)
    assert.equal([again.document['alreadyPrepared'], again.document['branch']], [true, 'data/m-v2'])
    const last = await dm('prepare', 'm.sqlite', file)
    assert.equal([last.exit, last.document['branch']], [0, 'data/m-v2'])
    assert.is(
      await home.git('for-each-ref', '--format=%(refname)', 'refs/heads/data'),
      'refs/heads/data/m-v2',
    )
  }),
)

test(
  'two new datasets that conflict at the end of the manifest need no more than that',
  onWork(async (scene) => {
    const { dm, home, commit, put, work } = scene
    const [a, b] = [upload('a', 'v1'), upload('b', 'v1')]
    await put('staging', b.staging_key ?? '', 'b v1', { meant: 'production' })
    await commit(main, { datasets: [dataset('m', [one])] })
    await commit('refs/heads/data/b-v1', {
      datasets: [dataset('m', [one]), dataset('b', [b])],
      from: main,
    })
    await commit(main, { datasets: [dataset('m', [one]), dataset('a', [a])] })
    const { stdout } = await runHere(work, ['rebase', 'b.sqlite'])
    assert.match(stdout, 'Proposed anew: b.sqlite v1, on the base as it is now.')
    assert.not.match(stdout, 'undoes')
    const names = (await manifestAt(scene, 'data/b-v1')).map(({ fileName }) => fileName)
    assert.equal(names, ['m.sqlite', 'a.sqlite', 'b.sqlite'])
    // Without a push, the branch that is here: nothing of the kind.
    const here = await dm('rebase', 'b.sqlite', '--no-push')
    assert.equal([here.exit, here.code], [2, 'DM_UNKNOWN_DATASET'])
    assert.ok(await home.git('rev-parse', 'data/b-v1'))
  }),
)

test(
  'nothing that is not only the author’s own is replaced, nor what could not be published',
  onWork(async (scene) => {
    const { dm, home, commit, work, store } = scene
    await meet(scene)
    const refuse = async (code: string, words: RegExp, exit = 2): Promise<void> => {
      const refs = await home.git('for-each-ref')
      const refused = await dm('rebase', 'm.sqlite', '--accept-reverts')
      assert.equal([refused.exit, refused.code], [exit, code])
      assert.match(refused.message, words)
      assert.is(await home.git('for-each-ref'), refs)
    }
    const { git } = testRepository(work)
    await commit(mine, { files: { notes: 'mine' } })
    await refuse('DM_REBASE_OTHERS', /other files/)
    await commit(mine, { files: { notes: null } })
    const base = await home.git('rev-parse', mine)
    const eve = await home.git(
      '-c',
      'user.name=Eve',
      '-c',
      'user.email=eve@example.org',
      'commit-tree',
      '-p',
      base,
      '-m',
      'Eve',
      `${mine}^{tree}`,
    )
    await home.git(
      'update-ref',
      mine,
      await home.git('commit-tree', '-p', eve, '-m', 'Mine', `${mine}^{tree}`),
    )
    await refuse('DM_REBASE_OTHERS', /commits of Eve/)
    await home.git('update-ref', mine, eve)
    await refuse('DM_REBASE_NOTHING', /No branch of yours/)
    await home.git('update-ref', mine, base)
    await git('config', 'user.email', 'bob@example.org')
    await refuse('DM_REBASE_NOTHING', /No branch of yours/)
    await git('config', 'user.email', 'ada@example.org')
    await commit('refs/heads/data/m-second', {
      datasets: [dataset('m', [upload('m', 'v3'), theirs, one])],
      from: main,
    })
    await refuse('DM_REBASE_SEVERAL', /'data\/m-second' \(v3\)/)
    await home.git('branch', '-D', 'data/m-second')
    const more = [upload('m', 'v3'), ours, one]
    await commit('refs/heads/data/m-v2-0123abcd', { datasets: [dataset('m', more)] })
    await refuse('DM_REBASE_MORE', /more than one/)
    await home.git('update-ref', mine, base)
    await store('staging').remove(ours.staging_key ?? '')
    await refuse('DM_REBASE_STAGED', /have left staging/, 3)
    await commit(main, { datasets: [dataset('m', [theirs, one], { status: 'pending-deletion' })] })
    await refuse('DM_DATASET_MARKED', /marked/)
    await commit(main, { datasets: [dataset('m', [theirs, one], { bucket: 'internal' })] })
    await refuse('DM_BUCKET_FIXED', /internal/)
    // A rollback whose version is gone meanwhile.
    await commit(main, { datasets: [dataset('m', [theirs, one])] })
    const back = published('m', 'v3', {
      text: 'm v1',
      commit: 'pending-merge',
      r2_object_key: one.r2_object_key,
    })
    await commit(mine, { datasets: [dataset('m', [back, theirs, one])], from: main })
    await commit(main, { datasets: [dataset('m', [theirs])] })
    await refuse('DM_REBASE_ROLLBACK', /rollback/)
    const unknown = await dm('rebase', 'other.sqlite')
    assert.equal([unknown.exit, unknown.code], [2, 'DM_UNKNOWN_DATASET'])
  }),
)

test.run()
