import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import {
  type Companion,
  companionKey,
  stagedDiffKey,
  stagingKey,
} from '../../../lib/manifest/keys.ts'
import type { Store } from '../../../lib/store/store.ts'
import { giveUp, run } from './sweeping.ts'
import { dataset, day, onScene, owner, published, type Scene, sha, upload } from './scene.ts'

const test = suite('what lies beside objects that go')

const kinds: readonly Companion[] = [
  { kind: 'diff' },
  { kind: 'delta', base: sha('base') },
  { kind: 'zst' },
]

/** Puts all kinds of companions beside a key; their keys, in the order of a listing. */
async function putBeside(
  { put }: Scene,
  key: string,
  how: Parameters<Scene['put']>[3] = {},
  bucket = 'production',
): Promise<string[]> {
  const keys = kinds.map((kind) => companionKey(key, kind)).toSorted()
  for (const one of keys) await put(bucket, one, one, { ageMs: 30 * day, ...how })
  return keys
}

const keysOf = (objects: readonly { key: string }[]): string[] => objects.map(({ key }) => key)

test(
  'goes with what was given up, before it, and stays with what is kept',
  onScene(async (scene) => {
    const { commit, keys, put } = scene
    const key = await giveUp(scene, { due: {}, named: {}, proposed: {}, unstamped: { by: null } })
    const [due = '', named = '', proposed = '', unstamped = ''] = [
      key['due'],
      key['named'],
      key['proposed'],
      key['unstamped'],
    ]
    const ofDue = await putBeside(scene, due)
    const kept = [...(await putBeside(scene, named)), ...(await putBeside(scene, proposed))]
    const ofUnstamped = await putBeside(scene, unstamped, { by: null })
    // Nothing but what it is called like makes something a companion.
    const others = [`${due}.zst.part`, `${due}.txt`, `${due}-2.zst`]
    for (const other of others) await put('production', other, other, { ageMs: 30 * day })
    await commit('refs/heads/main', { datasets: [dataset('named', [published('named', 'v1')])] })
    await commit('refs/heads/data/again', {
      from: 'refs/heads/main^0',
      datasets: [dataset('other', [published('proposed', 'v1', { commit: 'pending-merge' })])],
    })
    const expected = [...ofDue, due, ...ofUnstamped, unstamped]
    assert.equal(keysOf((await run(scene, true)).removed), expected)
    assert.equal(keysOf((await run(scene)).removed), expected)
    assert.equal(await keys('production'), [...kept, named, proposed, ...others].toSorted())
    assert.equal(scene.notices, [])
  }),
)

test(
  'what is not ours stays; what cannot be removed keeps its object, for the next run',
  onScene(async (scene) => {
    const { store, keys, notices } = scene
    const key = await giveUp(scene, { one: {}, two: {} })
    const [one = '', two = ''] = [key['one'], key['two']]
    const [foreign = '', ...own] = await putBeside(scene, one)
    await store('production').remove(foreign)
    await scene.put('production', foreign, foreign, { by: 'some/body' })
    const ofTwo = await putBeside(scene, two)
    const stuck = ofTwo[1] ?? ''
    const failing = (bucket: string): Store => ({
      ...store(bucket),
      remove: (which, options) => {
        if (which !== stuck) return store(bucket).remove(which, options)
        throw new DmError('DM_STORE_DENIED', { location: 'x', action: 'remove' })
      },
    })
    const first = await run(scene, false, failing)
    assert.equal(keysOf(first.removed), [...own, one, ofTwo[0]])
    assert.equal(
      first.kept.map(({ key: which, reason }) => [which, reason]),
      [[foreign, 'it belongs to some/body']],
    )
    assert.equal(
      notices.splice(0).map(({ code, context }) => [code, (context as { key: string }).key]),
      [['DM_SWEEP_FAILED', stuck]],
    )
    assert.ok((await keys('production')).includes(two))
    assert.equal(keysOf((await run(scene)).removed), [...ofTwo.slice(1), two])
    assert.equal(await keys('production'), [foreign])
  }),
)

test(
  'orphans take it along, and it is one where its database is gone and no entry names that',
  onScene(async (scene) => {
    const { commit, put, keys, store } = scene
    const { m: given = '' } = await giveUp(scene, { m: { since: new Date().toISOString() } })
    const ofGiven = await putBeside(scene, given)
    const [named, waiting] = [published('m', 'v3'), upload('m', 'v4')]
    await commit('refs/heads/main', { datasets: [dataset('m', [waiting, named])] })
    const branch = upload('m', 'v5')
    await commit('refs/heads/data/m', {
      from: 'refs/heads/main^0',
      datasets: [dataset('m', [branch, waiting, named])],
    })
    const orphan = published('m', 'v7').r2_object_key
    await put('production', orphan, 'm v7', { ageMs: 30 * day })
    const [plain = '', ...ofOrphan] = await putBeside(scene, orphan)
    await store('production').remove(plain)
    await put('production', plain, plain, { by: null, ageMs: 30 * day })
    const lone = await putBeside(scene, published('m', 'v8').r2_object_key)
    // It may be all that is left of a version that is wanted.
    const left = (
      await Promise.all(
        [named, waiting, branch].map((entry) => putBeside(scene, entry.r2_object_key)),
      )
    ).flat()
    const unstamped = await putBeside(scene, published('m', 'v9').r2_object_key, { by: null })
    const foreign = await putBeside(scene, published('m', 'v6').r2_object_key, { by: 'some/body' })
    const fresh = published('m', 'v2').r2_object_key
    await put('production', fresh, 'm v2', { ageMs: 30 * day })
    const ofFresh = await putBeside(scene, fresh, { ageMs: 0 })
    assert.equal(keysOf((await run(scene)).removed), [])
    const { removed, kept } = await run(scene, false, scene.store, true)
    assert.equal(keysOf(removed).toSorted(), [...ofOrphan, orphan, ...lone].toSorted())
    const at = keysOf(removed)
    assert.ok(ofOrphan.every((one) => at.indexOf(one) < at.indexOf(orphan)))
    const reasons = Object.fromEntries(kept.map((one) => [one.key, one.reason]))
    const ofBranch = kinds.map((kind) => companionKey(branch.r2_object_key, kind))
    for (const one of ofBranch) assert.is(reasons[one], "the branch 'data/m' may need it")
    assert.is(reasons[ofFresh[0] ?? ''], 'it was written a short time ago')
    assert.equal(
      await keys('production'),
      [given, ...ofGiven, plain, ...left, ...unstamped, ...foreign, fresh, ...ofFresh].toSorted(),
    )
  }),
)

test(
  'of staging every form goes by its age, and what an entry names keeps its diff',
  onScene(async (scene) => {
    const { commit, put } = scene
    const stage = async (text: string, ageMs: number): Promise<[keys: string[], diff: string]> => {
      const own = (form: Parameters<typeof stagingKey>[3]): string =>
        stagingKey(owner, 'internal', sha(text), form)
      const all = [own({ form: 'compressed' }), own({ form: 'delta', base: sha('base') })]
      const diff = stagedDiffKey(all[0] ?? '') ?? ''
      for (const key of [...all, diff]) await put('staging', key, key, { ageMs })
      return [all, diff]
    }
    const [old, ofOld] = await stage('old', 8 * day)
    await stage('young', 6 * day)
    const [[zst = '', delta = ''], diff] = await stage('named', 8 * day)
    const [[form = '', unused = ''], proposed] = await stage('proposed', 8 * day)
    const entry = (text: string, staging_key: string): ReturnType<typeof upload> =>
      upload(text, 'v1', { text, staging_key })
    await commit('refs/heads/main', { datasets: [dataset('named', [entry('named', delta)])] })
    await commit('refs/heads/data/x', {
      from: 'refs/heads/main^0',
      datasets: [dataset('proposed', [entry('proposed', form)])],
    })
    const { removed, kept } = await run(scene)
    assert.equal(keysOf(removed).toSorted(), [...old, ofOld, zst, unused].toSorted())
    const reasons = Object.fromEntries(kept.map((one) => [one.key, one.reason]))
    for (const key of [delta, diff]) assert.is(reasons[key], 'the base names it')
    for (const key of [form, proposed]) assert.is(reasons[key], "the branch 'data/x' may need it")
  }),
)

test(
  'what a delta builds upon waits on the list, with what lies beside it, while that is pending',
  onScene(async (scene) => {
    const { commit, keys, home } = scene
    const key = await giveUp(scene, { m: {}, n: {}, o: {} })
    const own = Object.values(key)
    const beside = (await Promise.all(own.map((one) => putBeside(scene, one)))).flat()
    const delta = (stem: string, base = sha(`${stem} v1`)): ReturnType<typeof upload> => {
      const form = { form: 'delta', base } as const
      const text = `${stem} v2`
      const staging_key = stagingKey(owner, 'production', sha(text), form)
      return upload(stem, 'v2', { text, staging_key })
    }
    await commit('refs/heads/main', { datasets: [dataset('m', [delta('m')])] })
    await commit('refs/heads/data/n', {
      from: 'refs/heads/main^0',
      datasets: [dataset('m', [delta('m')]), dataset('n', [delta('n')])],
    })
    // Of the same bytes in another folder nothing is built.
    await commit('refs/heads/data/p', {
      from: 'refs/heads/main^0',
      datasets: [dataset('m', [delta('m')]), dataset('p', [delta('p', sha('o v1'))])],
    })
    const { removed, kept } = await run(scene)
    const ofO = beside.filter((one) => one.startsWith('o/'))
    assert.equal(keysOf(removed), [...ofO, key['o']])
    assert.equal(
      kept.map((one) => [one.key, one.reason]),
      [
        [key['m'], 'a version that waits for its publication builds upon it'],
        [key['n'], "the branch 'data/n' may need it"],
      ],
    )
    const done = { ...delta('m'), commit: 'abcdef1', staging_key: undefined }
    await commit('refs/heads/main', { datasets: [dataset('m', [done as never])] })
    await home.git('update-ref', '-d', 'refs/heads/data/n')
    // Nothing of its base need be there for what lies beside a published version.
    assert.ok(keysOf((await run(scene)).removed).includes(key['m'] ?? ''))
    assert.equal(await keys('production'), [])
  }),
)

test.run()
