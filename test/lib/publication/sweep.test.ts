import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { stagingKey } from '../../../lib/manifest/keys.ts'
import { sweep, type Swept } from '../../../lib/publication/sweep.ts'
import type { Store } from '../../../lib/store/store.ts'
import { ageObject } from '../../helpers/age-object.ts'
import { giveUp, long, run } from './sweeping.ts'
import { dataset, day, onScene, owner, published, sha, upload } from './scene.ts'

const test = suite('sweep')

/** `bucket/key` without the rest of a hash → what was said of it. */
function told({ removed, kept }: Swept): Record<string, string> {
  const name = ({ bucket, key }: { bucket: string; key: string }): string =>
    `${bucket}/${key.replace(/-?([0-9a-f]{4})[0-9a-f]{60}\.sqlite$/, '$1')}`
  return Object.fromEntries([
    ...removed.map((one) => [name(one), 'removed']),
    ...kept.map((one) => [name(one), one.reason]),
  ])
}

test(
  'of what is listed goes what is due, not named again, proposed by no branch and our own',
  onScene(
    async (scene) => {
      const { commit, keys, config } = scene
      const young = new Date(Date.now() - config.retentionMs + 60_000).toISOString()
      const due = new Date(Date.now() - config.retentionMs - 60_000).toISOString()
      const key = await giveUp(scene, {
        due: { since: due },
        young: { since: young },
        named: {},
        pending: {},
        proposed: {},
        foreign: { by: 'some/body' },
        former: { by: 'old/name' },
        unstamped: { by: null },
        internal: { bucket: 'internal' },
        gone: {},
      })
      await scene.store('production').remove(key['gone'] ?? '')
      await commit('refs/heads/main', {
        datasets: [
          dataset('named', [published('named', 'v1')]),
          dataset('pending', [upload('pending', 'v1')]),
        ],
      })
      // Also by its key alone, whatever else the branch says of it.
      await commit('refs/heads/data/again', {
        from: 'refs/heads/main^0',
        datasets: [dataset('other', [published('proposed', 'v1', { commit: 'pending-merge' })])],
      })
      const before = await keys('production')
      const dry = await run(scene, true)
      assert.equal(await keys('production'), before)
      const swept = await run(scene)
      assert.equal(dry, swept)
      const until = new Date(Date.parse(young) + config.retentionMs).toISOString()
      const kept = (stem: string, reason: string, end: string | null = null): object => ({
        bucket: 'production',
        key: key[stem],
        reason,
        until: end,
      })
      assert.equal(swept.removed, [
        ...['due', 'former', 'unstamped'].map((stem) => ({ bucket: 'production', key: key[stem] })),
        { bucket: 'internal', key: key['internal'] },
      ])
      assert.equal(swept.kept, [
        kept('young', 'it was given up a short time ago', until),
        kept('named', 'the base names it'),
        kept('pending', 'the base names it'),
        kept('proposed', "the branch 'data/again' may need it"),
        kept('foreign', 'it belongs to some/body'),
      ])
      assert.equal(
        await keys('production'),
        before.filter((one) => !['due', 'former', 'unstamped'].some((stem) => one === key[stem])),
      )
      assert.equal(await keys('internal'), [])
      assert.equal(scene.notices, [])
    },
    { config: { formerly: ['old/name'] } },
  ),
)

test(
  'of staging goes what is old, that nothing waits for, and our own',
  onScene(
    async (scene) => {
      const { put, commit, keys, store } = scene
      const stage = async (
        name: string,
        ageMs: number,
        how: { by?: string | null; scope?: string; bucket?: string; key?: string } = {},
      ): Promise<string> => {
        const { by = owner, bucket = 'production', scope = by ?? owner } = how
        const { key = stagingKey(scope, bucket, sha(name)) } = how
        await put('staging', key, name, { by, meant: bucket, ageMs })
        return key
      }
      const week = 7 * day + 60_000
      const entry = (stem: string): ReturnType<typeof upload> => upload(stem, 'v1', { text: stem })
      const removed = [
        await stage('old', week),
        await stage('internal', week, { bucket: 'internal' }),
        await stage('former', week, { by: 'old/name' }),
        // The form of the predecessor, with a stamp of ours.
        await stage('plain', week, { key: `staging-uploads/${sha('plain')}.sqlite` }),
      ]
      const young = await stage('young', 7 * day - 60_000)
      const named = await stage('named', week)
      const proposed = await stage('proposed', week)
      const done = await stage('published', week)
      const unstamped = await stage('unstamped', week, { by: null })
      const other = await stage('other', week, {
        by: 'some/body',
        key: `staging-uploads/${sha('other')}.sqlite`,
      })
      const renamed = await stage('renamed', week, { by: 'elsewhere.org/data' })
      const again = await stage('again', week, { by: 'elsewhere.org/data' })
      await stage('stranger', week, { by: 'some/body' })
      await commit('refs/heads/main', { datasets: [dataset('named', [entry('named')])] })
      const entryDone = { ...entry('published'), commit: 'abcdef1', staging_key: undefined }
      await commit('refs/heads/data/done', {
        datasets: [dataset('published', [entry('published')])],
        from: 'refs/heads/main^0',
      })
      await commit('refs/heads/main', {
        datasets: [dataset('named', [entry('named')]), dataset('published', [entryDone as never])],
      })
      await commit('refs/heads/data/open', {
        datasets: [dataset('proposed', [entry('proposed')])],
        from: 'refs/heads/main^0',
      })
      const swept = await run(scene)
      const all = [...removed, done]
      assert.equal(swept.removed.map(({ key }) => key).toSorted(), all.toSorted())
      assert.ok(swept.removed.every(({ bucket }) => bucket === 'staging'))
      const kept = Object.fromEntries(swept.kept.map((one) => [one.key, one]))
      const reasons = (key: string): [string | undefined, boolean] => {
        return [kept[key]?.reason, kept[key]?.until === null]
      }
      assert.equal(reasons(named), ['the base names it', true])
      assert.equal(reasons(proposed), ["the branch 'data/open' may need it", true])
      assert.equal(reasons(unstamped), ['it carries no stamp, so it may be anybody’s', true])
      assert.equal(reasons(other), ['it belongs to some/body', true])
      assert.is(kept[young]?.reason, 'it was staged a short time ago')
      const info = await store('staging').head(young)
      const until = new Date((info?.modified.getTime() ?? 0) + 7 * day).toISOString()
      assert.is(kept[young]?.until, until)
      assert.is(swept.kept.length, 5)
      assert.ok((await keys('staging')).includes(renamed))
      assert.ok((await keys('staging')).includes(again))
      // Of strangers nothing is said; of what looks like ourselves under another name it is.
      const [notice, ...more] = scene.notices
      assert.equal(more, [])
      assert.is(notice?.code, 'DM_STAGING_FOREIGN')
      const expected = { count: 2, owner: 'elsewhere.org/data', repository: owner }
      assert.equal(notice?.context, expected)
    },
    { config: { formerly: ['old/name'] } },
  ),
)

test(
  'of what others have staged, ten old objects are looked at for another name of our own',
  onScene(async (scene) => {
    const { put, notices } = scene
    const stage = async (text: string, by: string | null, ageMs = 8 * day): Promise<string> => {
      const key = stagingKey('elsewhere', 'production', sha(text))
      await put('staging', key, text, { by, ageMs })
      return key
    }
    const mine = stagingKey(owner, 'production', sha('mine'))
    await put('staging', mine, 'mine', { ageMs: 8 * day })
    await stage('not quite', 'here.org/xata')
    assert.is((await run(scene, true)).removed.length, 1)
    await stage('nobody', null)
    await stage('young', 'young.org/data', day)
    await stage('deep', 'git.org/group/data')
    assert.equal((await run(scene)).removed, [{ bucket: 'staging', key: mine }])
    const expected = { count: 1, owner: 'git.org/group/data', repository: owner }
    assert.equal(
      notices.splice(0).map(({ context }) => context),
      [expected],
    )
    const gone = (await scene.keys('staging'))[0]
    const vanishing = (bucket: string): Store => ({
      ...scene.store(bucket),
      head: async (key, options) => (key === gone ? null : scene.store(bucket).head(key, options)),
    })
    await run(scene, false, vanishing)
    notices.splice(0)
    for (let count = 0; count < 12; count++) await stage(`data ${count}`, 'many.org/data')
    let looks = 0
    const counting = (bucket: string): Store => ({
      ...scene.store(bucket),
      head: (key, options) => {
        looks++
        return scene.store(bucket).head(key, options)
      },
    })
    assert.equal(await run(scene, false, counting), { removed: [], kept: [] })
    assert.is(looks, 10)
  }),
)

test(
  'what is staged stays a day, however short the retention is; what is listed goes by it',
  onScene(
    async (scene) => {
      const { put } = scene
      await giveUp(scene, { listed: { since: new Date(Date.now() - 3_700_000).toISOString() } })
      const stage = async (name: string, ageMs: number): Promise<void> =>
        put('staging', stagingKey(owner, 'production', sha(name)), name, { ageMs })
      await stage('younger', day - 60_000)
      await stage('older', day + 60_000)
      const { removed, kept } = await run(scene)
      assert.equal(
        removed.map(({ key }) => key),
        [published('listed', 'v1').r2_object_key, stagingKey(owner, 'production', sha('older'))],
      )
      assert.equal(
        kept.map(({ key }) => key),
        [stagingKey(owner, 'production', sha('younger'))],
      )
    },
    { config: { retention: '1h' } },
  ),
)

test(
  'a pull request from outside keeps staged bytes for 90 days, and nothing that was published',
  onScene(
    async (scene) => {
      const { put, commit } = scene
      const key = await giveUp(scene, { listed: {} })
      const stage = async (name: string, ageMs: number): Promise<string> => {
        const staged = stagingKey(owner, 'production', sha(name))
        await put('staging', staged, name, { ageMs })
        return staged
      }
      const young = await stage('young', 90 * day - 60_000)
      const old = await stage('old', 90 * day + 60_000)
      await commit('refs/pull/7/head', {
        from: 'refs/heads/main^0',
        datasets: [
          dataset('listed', [published('listed', 'v1', { commit: 'pending-merge' })]),
          ...['young', 'old'].map((text) => dataset(text, [upload(text, 'v1', { text })])),
        ],
      })
      const swept = await run(scene)
      assert.equal(
        swept.removed.map((one) => one.key),
        [key['listed'], old],
      )
      const [kept] = swept.kept
      assert.is(kept?.key, young)
      assert.is(kept?.reason, 'pull request 7 may need it')
      const left = Date.parse(kept?.until ?? '') - Date.now()
      assert.ok(left > 0 && left <= 60_000, kept?.until ?? '')
    },
    { remote: true },
  ),
)

test(
  'a branch that cannot be read keeps everything, a pull request that cannot be read what it could',
  onScene(
    async (scene) => {
      const { put, commit, home } = scene
      const key = await giveUp(scene, { listed: {} })
      const staged = stagingKey(owner, 'production', sha('staged'))
      await put('staging', staged, 'staged', { ageMs: 30 * day })
      await commit('refs/pull/8/head', { from: 'refs/heads/main^0', datasets: '{' })
      const outside = await run(scene, true)
      assert.equal(told(outside), {
        [`production/listed/v1${sha('listed v1').slice(0, 4)}`]: 'removed',
        [`staging/${staged.replace(/([0-9a-f]{4})[0-9a-f]{60}\.sqlite$/, '$1')}`]:
          'pull request 8 may need it',
      })
      assert.equal(
        scene.notices.splice(0).map(({ code, context }) => [code, context]),
        [['DM_REFERENCE_UNREADABLE', { by: 'pull request 8', path: 'manifest.json' }]],
      )
      await commit('refs/heads/broken', { from: 'refs/heads/main^0', datasets: '{{' })
      const inside = await run(scene)
      assert.equal(inside.removed, [])
      assert.equal(
        inside.kept.map((one) => [one.key, one.reason, one.until]),
        [
          [key['listed'], "the branch 'broken' may need it", null],
          [staged, "the branch 'broken' may need it", null],
        ],
      )
      assert.is(scene.notices.length, 2)
      // A manifest that is gone, or somewhere else, is no empty one.
      await home.git('update-ref', '-d', 'refs/heads/broken')
      await commit('refs/heads/moved', {
        from: 'refs/heads/main^0',
        datasets: null,
        files: { 'elsewhere.json': '[]' },
      })
      assert.equal((await run(scene)).removed, [])
    },
    { remote: true },
  ),
)

test(
  'looks again before each removal: what was staged anew meanwhile, or is gone, is left',
  onScene(async (scene) => {
    const { put, store, commit, folder } = scene
    await giveUp(scene, { listed: {} })
    const texts = ['one', 'two', 'three']
    const [first = '', second = '', third = ''] = texts
      .map((text) => stagingKey(owner, 'production', sha(text)))
      .toSorted()
    for (const text of texts) {
      const key = stagingKey(owner, 'production', sha(text))
      await put('staging', key, text, { ageMs: 8 * day })
    }
    await commit('refs/heads/main', { files: { other: '1' } })
    // The listing is over when the first object is looked at: what happens now happened in between.
    let isListed = false
    const open = (bucket: string): Store => {
      const real = store(bucket)
      if (bucket !== 'production') return real
      return {
        ...real,
        head: async (key, options) => {
          if (!isListed) {
            isListed = true
            await store('staging').freshen(first)
            await store('staging').remove(second)
            // By a clock that is behind, but not so far that it was due.
            await ageObject(path.join(folder, 'store/staging'), third, 3 * day)
          }
          return real.head(key, options)
        },
      }
    }
    const swept = await run(scene, false, open)
    assert.equal(
      swept.removed.map(({ bucket }) => bucket),
      ['production'],
    )
    assert.equal(
      swept.kept.map(({ key, reason }) => [key, reason]),
      [first, third].map((key) => [key, 'it was staged a short time ago']),
    )
    assert.equal(await scene.keys('staging'), [first, third])
  }),
)

test(
  'an object that cannot be removed is told, and the others go',
  onScene(async (scene) => {
    const key = await giveUp(scene, { a: {}, b: {}, c: { bucket: 'nowhere' } })
    const open = (bucket: string): Store => {
      if (bucket === 'nowhere') throw new DmError('DM_UNKNOWN_BUCKET', { bucket, known: [] })
      const real = scene.store(bucket)
      const denied = new DmError('DM_UNKNOWN_BUCKET', { bucket, known: [] })
      return {
        ...real,
        remove: (one, options) =>
          one === key['a'] ? Promise.reject(denied) : real.remove(one, options),
      }
    }
    const swept = await run(scene, false, open)
    assert.equal(swept, { removed: [{ bucket: 'production', key: key['b'] }], kept: [] })
    const failed = (stem: string, bucket: string): object => {
      const reason = new DmError('DM_UNKNOWN_BUCKET', { bucket, known: [] }).message
      return { bucket, key: key[stem], reason }
    }
    assert.equal(
      scene.notices.map(({ code, context }) => [code, context]),
      [
        ['DM_SWEEP_FAILED', failed('a', 'production')],
        ['DM_SWEEP_FAILED', failed('c', 'nowhere')],
      ],
    )
  }),
)

test(
  'an end is an end: what is left stays, also where the store failed because of it',
  onScene(async (scene) => {
    await giveUp(scene, { a: {}, b: {} })
    const { repository, config, store, notice, notices } = scene
    for (const isFailing of [false, true]) {
      const ending = new AbortController()
      const reason = new Error('ended')
      const open = (bucket: string): Store => ({
        ...store(bucket),
        remove: async (key) => {
          ending.abort(reason)
          if (isFailing) throw new DmError('DM_UNKNOWN_BUCKET', { bucket, known: [] })
          return store(bucket).remove(key)
        },
      })
      const staging = open('staging')
      const options = { repository, config, staging, open, signal: ending.signal, notice }
      const ended = await sweep(options, false).catch((error: unknown) => error)
      assert.is(ended, reason)
      assert.is((await scene.keys('production')).length, 1)
    }
    // Not what is wrong with this program.
    const broken = (bucket: string): Store => ({
      ...store(bucket),
      head: () => Promise.reject(new TypeError('a mistake')),
    })
    const mistake = await run(scene, false, broken).catch((error: unknown) => error)
    assert.instance(mistake, TypeError)
    assert.equal(notices, [])
  }),
)

test(
  'nothing goes where the base has no manifest at its path, or nothing at all',
  onScene(async (scene) => {
    await giveUp(scene, { listed: {} })
    await scene.commit('refs/heads/main', { datasets: null, files: { 'data.json': '[]\n' } })
    assert.equal(await run(scene), { removed: [], kept: [] })
    assert.equal(
      scene.notices.map(({ code, context }) => [code, context]),
      [['DM_SWEEP_NO_MANIFEST', { path: 'manifest.json' }]],
    )
    await scene.home.git('update-ref', '-d', 'refs/heads/main')
    assert.equal(await run(scene), { removed: [], kept: [] })
    assert.is(scene.notices.length, 1)
    assert.is((await scene.keys('production')).length, 1)
  }),
)

test(
  'it is due at the very moment, and nothing is done before',
  onScene(async (scene) => {
    const { put, store } = scene
    const key = await giveUp(scene, { listed: {} })
    const staged = stagingKey(owner, 'production', sha('staged'))
    await put('staging', staged, 'staged', { ageMs: 8 * day })
    const { modified } = (await store('staging').head(staged)) ?? {}
    const at =
      (time: number) =>
      (bucket: string): Store => ({ ...store(bucket), now: () => Promise.resolve(new Date(time)) })
    const removedAt = async (time: number): Promise<string[]> =>
      (await run(scene, true, at(time))).removed.map((one) => one.key)
    const listed = Date.parse(long) + 7 * day
    assert.equal(await removedAt(listed - 1), [])
    assert.equal(await removedAt(listed), [key['listed']])
    const due = Number(modified) + 7 * day
    assert.equal(await removedAt(due - 1), [key['listed']])
    assert.equal(await removedAt(due), [key['listed'], staged])
    const early = await run(scene, true, at(listed - 1))
    assert.equal(
      early.kept.map((one) => one.key),
      [key['listed'], staged],
    )
  }),
)

test(
  'nothing to look at asks the store for no time, and the branches for nothing',
  onScene(async (scene) => {
    const open = (bucket: string): Store => ({
      ...scene.store(bucket),
      now: () => Promise.reject(new Error('not needed')),
    })
    assert.equal(await run(scene, false, open), { removed: [], kept: [] })
  }),
)

test.run()
