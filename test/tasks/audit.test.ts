import { chmod, rm, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Companion, companionKey, stagingKey } from '../../lib/manifest/keys.ts'
import { dmHere, runHere } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { s3Config } from '../helpers/s3-config.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'
import { onWork, type WorkScene } from './work-scene.ts'

const test = suite('dm audit')

/** What is wrong: `<dataset> <version> <code>`; and the document. */
async function audit(
  { dm }: WorkScene,
  ...options: string[]
): Promise<{ problems: string[]; document: Record<string, unknown> }> {
  const { exit, code, document } = await dm('audit', ...options)
  const rows = document['problems'] as { dataset: string; version: string; code: string }[]
  const problems = rows.map((row) => [row.dataset, row.version, row.code].filter(Boolean).join(' '))
  const expected = problems.length === 0 ? [0, null] : [3, 'DM_AUDIT_PROBLEMS']
  assert.equal([exit, code], expected, JSON.stringify(document))
  return { problems, document }
}

test(
  'of each published version the object must be there, with the right size, key, stamp and owner',
  onWork(
    async (scene) => {
      const { put, commit, keys } = scene
      const one = (stem: string, fields: object = {}): ReturnType<typeof published> =>
        published(stem, 'v1', fields)
      const entries = {
        good: one('good'),
        missing: one('missing'),
        size: one('size', { bytes: 99 }),
        key: one('key', { sha256: sha('other') }),
        stamp: one('stamp'),
        foreign: one('foreign'),
        former: one('former'),
        unstamped: one('unstamped'),
      }
      for (const [stem, { r2_object_key: key }] of Object.entries(entries)) {
        if (stem === 'missing') continue
        const by = { foreign: 'some/body', former: 'old/name', unstamped: null }[stem]
        await put('production', key, `${stem} v1`, by === undefined ? {} : { by })
      }
      // Under its key lie other bytes, and their stamp says so.
      const { r2_object_key: stampKey } = entries.stamp
      await scene.store('production').remove(stampKey)
      await put('production', stampKey, 'STAMP v1')
      // A rollback names an object that is looked at already.
      const { r2_object_key } = entries.good
      const back = published('good', 'v2', { text: 'good v1', r2_object_key })
      const datasets = Object.entries(entries).map(([stem, entry]) =>
        dataset(stem, stem === 'good' ? [back, entry] : [entry]),
      )
      const inside = published('inside', 'v1')
      await put('internal', inside.r2_object_key, 'inside v1')
      const hidden = dataset('inside', [inside], { bucket: 'internal' })
      const marked = dataset('marked', [one('marked')], { status: 'pending-deletion' })
      await commit('refs/heads/main', { datasets: [...datasets, hidden, marked] })
      await put('production', one('marked').r2_object_key, 'marked v1', { by: 'some/body' })
      const before = await keys('production')
      const { problems, document } = await audit(scene)
      assert.equal(problems.toSorted(), [
        'foreign.sqlite v1 DM_OBJECT_OWNER',
        'key.sqlite v1 DM_OBJECT_KEY',
        'key.sqlite v1 DM_OBJECT_STAMP',
        'missing.sqlite v1 DM_OBJECT_MISSING',
        'size.sqlite v1 DM_OBJECT_SIZE',
        'stamp.sqlite v1 DM_OBJECT_STAMP',
      ])
      assert.equal([document['objects'], document['unstamped'], document['hashed']], [8, 1, 0])
      assert.equal(await keys('production'), before)
    },
    { formerly: ['old/name'] },
  ),
)

test(
  'what is wrong is told in the order of names, whatever answers first',
  onWork(async (scene) => {
    const stems = ['z', 'm', 'a']
    for (const stem of stems) {
      await scene.put('production', published(stem, 'v1').r2_object_key, `${stem} v1`, {
        by: 'some/body',
      })
    }
    const datasets = stems.map((stem) => dataset(stem, [published(stem, 'v1')]))
    await scene.commit('refs/heads/main', { datasets })
    const expected = ['a', 'm', 'z'].map((stem) => `${stem}.sqlite v1 DM_OBJECT_OWNER`)
    assert.equal((await audit(scene)).problems, expected)
  }),
)

test(
  'with --full the bytes themselves are hashed, with --since only those that came later',
  onWork(async (scene) => {
    const { put, commit, folder } = scene
    const [old, young] = [published('old', 'v1'), published('young', 'v1')]
    await put('production', old.r2_object_key, 'old v1', { ageMs: 20 * day })
    await put('production', young.r2_object_key, 'young v1', { ageMs: day })
    await commit('refs/heads/main', {
      datasets: [dataset('old', [old]), dataset('young', [young])],
    })
    assert.equal((await audit(scene, '--full')).problems, [])
    for (const { r2_object_key: key } of [old, young]) {
      const file = path.join(folder, 'store/production', key)
      await chmod(file, 0o644)
      const time = (Date.now() - (key.startsWith('old') ? 20 : 1) * day) / 1000
      await writeFile(file, key.startsWith('old') ? 'OLD v1' : 'YOUNG v1')
      await utimes(file, time, time)
    }
    const wrong = ['old.sqlite v1 DM_OBJECT_HASH', 'young.sqlite v1 DM_OBJECT_HASH']
    const full = await audit(scene, '--full')
    assert.equal([full.problems, full.document['hashed']], [wrong, 2])
    const since = await audit(scene, '--full', '--since', '7d')
    assert.equal([since.problems, since.document['objects']], [wrong.slice(1), 1])
    const date = new Date(Date.now() - 7 * day).toISOString()
    assert.equal((await audit(scene, '--full', '--since', date)).problems, wrong.slice(1))
    assert.is((await audit(scene, '--since', date.slice(0, 10))).document['objects'], 1)
    for (const time of [
      'yesterday',
      '12',
      '2026',
      '',
      '2099-01-01',
      '2026-02-31',
      '2026-01-02 (x)',
      '2026-01-02 08:00',
      '2026-01-02T08:00:00',
    ]) {
      const { exit, code } = await scene.dm('audit', `--since=${time}`)
      assert.equal([exit, code], [2, 'DM_USAGE'], time)
    }
  }),
)

test(
  'what vanished without a mark, what nothing names, and numbers that were used twice are found',
  onWork(async (scene) => {
    const { put, commit } = scene
    const [v1, v2] = [published('model', 'v1'), published('model', 'v2')]
    const again = published('model', 'v2', { text: 'other bytes' })
    const main = 'refs/heads/main'
    for (const [entry, text] of [
      [v1, 'model v1'],
      [v2, 'model v2'],
      [again, 'other bytes'],
    ] as const)
      await put('production', entry.r2_object_key, text)
    const lost = published('lost', 'v7').r2_object_key
    await put('production', lost, 'lost v7')
    // In a bucket that no dataset is in.
    await put('internal', published('lost', 'v9').r2_object_key, 'lost v9')
    await put('internal', published('lost', 'v8').r2_object_key, 'lost v8', { by: 'some/body' })
    await commit(
      main,
      { datasets: [dataset('model', [v2, v1])] },
      { datasets: [dataset('model', [v1])] },
      { datasets: [dataset('model', [again, v1])] },
      { datasets: [dataset('model', [again])] },
    )
    const { problems, document } = await audit(scene)
    assert.equal(problems.toSorted(), [
      'DM_OBJECT_ORPHAN',
      'DM_OBJECT_ORPHAN',
      'DM_OBJECT_ORPHAN',
      'model.sqlite v1 DM_ENTRY_VANISHED',
      'model.sqlite v2 DM_NUMBER_TWICE',
    ])
    assert.match(JSON.stringify(document['problems']), lost)
    assert.match(JSON.stringify(document['problems']), again.r2_object_key)
    const forged = {
      numbers: {},
      objects: [{ bucket: 'production', key: lost, since: '2026-01-02T03:04:05.678Z' }],
    }
    await commit(main, { retired: forged })
    assert.match((await audit(scene)).problems.join(), 'DM_RETIRED_UNEXPLAINED')
    // What vanished is proposed again, or given up: then it has a name.
    const status = 'pending-deletion'
    await commit(main, { datasets: [dataset('model', [again, { ...v1, status }])] })
    assert.not.match(JSON.stringify((await audit(scene)).problems), 'DM_ENTRY_VANISHED')
  }),
)

test(
  'what lies beside objects must be ours and stand for them; beside nothing nothing may lie',
  onWork(async (scene) => {
    const { put, commit, folder, work } = scene
    const [one, two] = [published('m', 'v1'), published('m', 'v2')]
    await put('production', one.r2_object_key, 'm v1')
    await put('production', two.r2_object_key, 'm v2')
    await commit('refs/heads/main', { datasets: [dataset('m', [two, one])] })
    const beside = async (
      { r2_object_key: key, sha256 }: typeof one,
      companion: Companion,
      how: object = { content: sha256 },
    ): Promise<string> => {
      const place = companionKey(key, companion)
      await put('production', place, companion.kind, how)
      return place
    }
    const diff = await beside(one, { kind: 'diff' })
    await beside(two, { kind: 'zst' })
    await beside(two, { kind: 'delta', base: one.sha256 }, { by: null })
    const good = await audit(scene)
    const { objects, companions, unstamped } = good.document
    assert.equal([good.problems, objects, companions, unstamped], [[], 2, 3, 1])
    const { stdout } = await runHere(work, ['audit'])
    assert.match(stdout, '2 objects looked at, and 3 that lie beside them.')
    const file = path.join(folder, 'store/production', diff)
    const { mtime } = await stat(file)
    await chmod(file, 0o644)
    await writeFile(file, 'DIFF')
    await utimes(file, mtime, mtime)
    await beside(one, { kind: 'zst' }, { content: two.sha256 })
    await beside(one, { kind: 'delta', base: two.sha256 }, {})
    await beside(two, { kind: 'diff' }, { content: two.sha256, by: 'some/body' })
    const lone = await beside(published('m', 'v3'), { kind: 'zst' })
    const wrong = [
      'DM_OBJECT_ORPHAN',
      'm.sqlite v1 DM_COMPANION_STAMP',
      'm.sqlite v1 DM_COMPANION_STAMP',
      'm.sqlite v2 DM_OBJECT_OWNER',
    ]
    const { problems, document } = await audit(scene)
    assert.equal(problems.toSorted(), wrong)
    assert.match(JSON.stringify(document['problems']), lone)
    const full = await audit(scene, '--full')
    assert.equal(full.problems.toSorted(), [...wrong, 'm.sqlite v1 DM_OBJECT_HASH'].toSorted())
  }),
)

test(
  'what is due in staging is counted, and nothing is removed; pending versions are not looked at',
  onWork(async (scene) => {
    const { put, commit, keys } = scene
    const waits = upload('model', 'v1')
    await commit('refs/heads/main', { datasets: [dataset('model', [waits])] })
    const due = stagingKey(owner, 'production', sha('left'))
    await put('staging', due, 'left', { ageMs: 20 * day })
    // A publication was interrupted.
    await put('production', waits.r2_object_key, 'model v1', { by: 'some/body' })
    const { document } = await audit(scene)
    assert.equal(document['due'], [{ bucket: 'staging', key: due }])
    assert.is(document['objects'], 0)
    assert.equal(await keys('staging'), [due])
    await rm(path.join(scene.folder, 'store'), { recursive: true })
    assert.equal((await audit(scene)).problems, [])
  }),
)

test('where the buckets cannot be asked, nothing is said of objects', () =>
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    const config = s3Config('http://127.0.0.1:9')
    await repository.commit('Begin', { 'manifest.json': '[]', 'datamanager.config.json': config })
    const { exit, code, document } = await dmHere(folder, ['audit'])
    assert.equal([exit, code, document['objects']], [1, 'DM_STORE_NO_CREDENTIALS', null])
    const { stdout, stderr } = await runHere(folder, ['audit'])
    assert.not.match(stdout + stderr, 'looked at')
  }))

test.run()
