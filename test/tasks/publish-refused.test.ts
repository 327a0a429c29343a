import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stagingKey } from '../../lib/manifest/keys.ts'
import { longAgo } from '../helpers/commit-files.ts'
import type { TestDataset, TestEntry } from '../helpers/data-repository.ts'
import { createDatabase, createTemoaDatabase } from '../helpers/databases.ts'
import { dataset, day, owner, published, sha, upload } from '../lib/publication/scene.ts'
import { onWork } from './work-scene.ts'

const test = suite('dm publish says what it refuses')
const main = 'refs/heads/main'
const since = longAgo.toISOString()

/** A pending entry that goes back to a version. */
function back(stem: string, version: string, to: string): TestEntry {
  const { staging_key: _none, ...entry } = upload(stem, to)
  return { ...entry, version }
}

test(
  'each code, of the very entry, and the rest goes on',
  onWork(async ({ put, commit, publish, keys }) => {
    const stored = async (stem: string, version = 'v1', bucket = 'production'): Promise<void> =>
      put(bucket, published(stem, version).r2_object_key, `${stem} ${version}`)
    for (const stem of ['bucket', 'used', 'size', 'key', 'twice']) await stored(stem)
    for (const stem of ['bucket', 'hidden']) await stored(stem, 'v1', 'internal')
    await put('production', published('used', 'v2', { text: 'old' }).r2_object_key, 'old')
    const again = published('given', 'v1')
    await put('production', again.r2_object_key, 'given v1')
    const stage = (entry: TestEntry, text: string, meant = 'production', by = owner) =>
      put('staging', entry.staging_key ?? '', text, { meant, by })
    const named = upload('named', 'v1', {
      r2_object_key: `no ending/v1-${sha('named v1')}.sqlite`,
    })
    const another = published('restored', 'v1', { text: 'another' })
    await put('production', another.r2_object_key, 'another')
    const meant = upload('meant', 'v1')
    const fork = upload('fork', 'v1')
    const longer = upload('longer', 'v1', { bytes: 999 })
    await stage(meant, 'meant v1', 'internal')
    await stage(fork, 'fork v1', 'production', 'some/fork')
    await stage(longer, 'longer v1')
    const disclosed = upload('disclosed', 'v1', { text: 'hidden v1' })
    const status = 'pending-deletion'
    await commit(
      main,
      {
        datasets: [
          dataset('bucket', [published('bucket', 'v1')], { bucket: 'internal' }),
          dataset('used', [published('used', 'v2', { text: 'old' }), published('used', 'v1')]),
        ],
      },
      {
        datasets: [
          dataset('bucket', [published('bucket', 'v1')], { bucket: 'internal' }),
          dataset('used', [published('used', 'v1')]),
          dataset('given', [again], { status }),
        ],
        files: { 'docs/datasets.md': '# Mine\n' },
      },
      {
        datasets: [
          dataset('bucket', [published('bucket', 'v1')], { bucket: 'internal' }),
          dataset('used', [published('used', 'v1')]),
        ],
        retired: {
          numbers: { 'given.sqlite': 1 },
          objects: [{ bucket: 'production', key: again.r2_object_key, since }],
        },
      },
      {
        datasets: [
          { ...dataset('named', [named]), fileName: 'no ending' },
          dataset('bucket', [upload('bucket', 'v2'), published('bucket', 'v1')]),
          dataset('marked', [upload('marked', 'v1', { status })]),
          dataset('number', [upload('number', 'v2')]),
          dataset('used', [upload('used', 'v2'), published('used', 'v1')]),
          dataset('chosen', [
            upload('chosen', 'v1', { r2_object_key: `x/v1-${sha('chosen v1')}` }),
          ]),
          dataset('restored', [back('restored', 'v2', 'v1'), another]),
          dataset('given', [back('given', 'v2', 'v1'), again]),
          dataset('disclosed', [disclosed]),
          dataset('hidden', [published('hidden', 'v1')], { bucket: 'internal' }),
          dataset('missing', [back('missing', 'v2', 'v1'), published('missing', 'v1')]),
          dataset('size', [published('size', 'v1', { bytes: 999 })]),
          dataset('key', [published('key', 'v1', { sha256: sha('other') })]),
          dataset('meant', [meant]),
          dataset('longer', [longer]),
          dataset('nowhere', [upload('nowhere', 'v1')], { bucket: 'nowhere' }),
          dataset('fork', [fork]),
          dataset('twice', [back('twice', 'v2', 'v1'), published('twice', 'v1')]),
        ],
      },
    )
    const told = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(told.published, ['fork v1'])
    assert.equal(told.document['rolledBack'], [{ dataset: 'twice.sqlite', version: 'v2' }])
    assert.equal(told.failed, [
      'no ending v1 DM_CHANGE_NAME',
      'bucket v2 DM_CHANGE_BUCKET',
      'marked v1 DM_CHANGE_ENTRY_MARKED',
      'number v2 DM_CHANGE_VERSION',
      'used v2 DM_CHANGE_NUMBER_USED',
      'chosen v1 DM_CHANGE_KEY',
      'restored v2 DM_CHANGE_ROLLBACK',
      'given v2 DM_CHANGE_RETIRED',
      'disclosed v1 DM_CHANGE_DISCLOSURE',
      'missing v2 DM_CHANGE_BLOCKED',
      'nowhere v1 DM_UNKNOWN_BUCKET',
      'meant v1 DM_STAGED_BUCKET',
      'longer v1 DM_OBJECT_SIZE',
    ])
    assert.equal(told.problems, [
      'missing v1 DM_OBJECT_MISSING',
      'size v1 DM_OBJECT_SIZE',
      'key v1 DM_OBJECT_KEY',
    ])
    assert.equal(told.notices.toSorted(), [
      // In each of the two buckets.
      'DM_OBJECT_ORPHAN',
      'DM_OBJECT_ORPHAN',
      'DM_PAGE_FOREIGN',
      'DM_STAGED_FOREIGN',
    ])
    const copied = (await keys('production')).filter((key) => /^(?:meant|longer|chosen)/.test(key))
    assert.equal(copied, [])
  }),
)

test(
  'a number that was published with other bytes is not offered again, once publish has seen it',
  onWork(async ({ put, commit, publish, dm, folder, home }) => {
    const [v1, old] = [published('a', 'v1'), published('a', 'v2', { text: 'old' })]
    await put('production', v1.r2_object_key, 'a v1')
    await put('production', old.r2_object_key, 'old')
    await commit(
      main,
      { datasets: [dataset('a', [old, v1])] },
      { datasets: [dataset('a', [v1])] },
      { datasets: [dataset('a', [upload('a', 'v2'), v1])] },
    )
    const told = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(told.failed, ['a v2 DM_CHANGE_NUMBER_USED'])
    const list = JSON.parse(await home.git('show', 'main:manifest.retired.json')) as unknown
    assert.equal(list, { numbers: { 'a.sqlite': 2 }, objects: [] })
    // The entry is taken back, and prepared anew.
    await commit(main, { datasets: [dataset('a', [v1])] })
    const { document } = await dm('prepare', 'a.sqlite', await createTemoaDatabase(folder))
    assert.is(document['version'], 'v3')
  }),
)

test(
  'what is refused changes nothing, and its hint is a remedy',
  onWork(async ({ put, commit, publish, dm, folder, home, keys }) => {
    const v1 = published('m', 'v1')
    await put('internal', v1.r2_object_key, 'm v1')
    const inside = { bucket: 'internal' }
    const [v2, other] = [
      upload('m', 'v2', inside),
      upload('s', 'v1', { r2_object_key: `x/v1-${sha('s v1')}` }),
    ]
    await put('staging', v2.staging_key ?? '', 'm v2', { meant: 'internal' })
    // The version came while the bucket was wrong, and the bucket was put back.
    await commit(
      main,
      { datasets: [dataset('m', [v1], inside)] },
      { datasets: [dataset('m', [v1])] },
      { datasets: [dataset('m', [v2, v1])] },
      { datasets: [dataset('m', [v2, v1], inside), dataset('s', [other])] },
    )
    const state = async (): Promise<unknown[]> => [
      await home.git('for-each-ref'),
      ...(await Promise.all(['staging', 'production', 'internal'].map(keys))),
    ]
    const before = await state()
    const told = await publish(3, 'DM_PUBLISH_INCOMPLETE')
    assert.equal(told.failed, ['m v2 DM_CHANGE_BUCKET', 's v1 DM_CHANGE_KEY'])
    const [bucket = '', key = ''] = (told.document['failed'] as { message: string }[]).map(
      ({ message }) => message,
    )
    assert.match(bucket, /'m.sqlite' was in .*'production' before .*in 'internal' now/)
    assert.match(bucket, "Where 'internal' is the right one, put back after a mistake, take back")
    assert.match(
      key,
      /of 's.sqlite' .* Take the entry back \(dm withdraw s.sqlite@v\d+\), and prepare the file again/,
    )
    assert.equal(await state(), before)
    await commit(main, { datasets: [dataset('m', [v1], inside)] })
    for (const stem of ['m', 's']) {
      const file = await createDatabase(folder, stem, `CREATE TABLE ${stem}(a)`)
      const { document } = await dm('prepare', `${stem}.sqlite`, file)
      await home.git('update-ref', 'refs/heads/main', String(document['commit']))
    }
    assert.equal((await publish(0)).published, ['m v2', 's v1'])
  }),
)

test(
  'only what permissions or the network prevent is no matter of integrity',
  onWork(async ({ put, commit, publish, folder }) => {
    const [entry, other] = [upload('a', 'v1'), upload('b', 'v1')]
    await put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production' })
    await put('staging', other.staging_key ?? '', 'b v1', { meant: 'production' })
    // Where a folder is to be is a file.
    await mkdir(path.join(folder, 'store/production'), { recursive: true })
    await writeFile(path.join(folder, 'store/production/a'), '')
    await commit(main, { datasets: [dataset('a', [entry]), dataset('b', [other])] })
    const told = await publish(1, 'DM_PUBLISH_FAILED')
    assert.equal(told.published, ['b v1'])
    assert.equal(told.failed, ['a v1 DM_STORE_FAILED'])
    await commit(main, {
      datasets: [dataset('c', [upload('c', 'v1')], { bucket: 'nowhere' })],
    })
    assert.equal((await publish(1, 'DM_PUBLISH_FAILED')).failed, ['c v1 DM_UNKNOWN_BUCKET'])
  }),
)

test(
  'a list that somebody has forged or broken is a problem once, and written back',
  onWork(async ({ commit, publish, home }) => {
    const forged = {
      numbers: { 'x.sqlite': 7 },
      objects: [{ bucket: 'production', key: 'x', since }],
    }
    await commit(main, { retired: forged })
    for (const retired of [undefined, '{']) {
      if (retired !== undefined) await commit(main, { retired })
      const told = await publish(3, 'DM_PUBLISH_INCOMPLETE')
      assert.equal(told.problems, ['DM_RETIRED_UNEXPLAINED'])
      const list = JSON.parse(await home.git('show', 'main:manifest.retired.json')) as unknown
      assert.equal(list, { numbers: {}, objects: [] })
      await publish(0)
    }
  }),
)

/** Old staged bytes that nothing refers to. */
const staged = (text: string, by = owner): string => stagingKey(by, 'production', sha(text))

test(
  'what the sweep cannot do or know is a notice, and the exit code stays',
  onWork(async ({ put, commit, publish, home, keys }) => {
    const key = staged('old')
    await put('staging', key, 'old', { ageMs: 8 * day })
    await put('staging', staged('theirs', 'here.org/data'), 'theirs', {
      by: 'here.org/data',
      ageMs: 8 * day,
    })
    const gone = published('gone', 'v1')
    const status = 'pending-deletion'
    await commit(
      main,
      { datasets: [dataset('gone', [gone], { bucket: 'nowhere', status })] },
      {
        datasets: [],
        retired: {
          numbers: { 'gone.sqlite': 1 },
          objects: [{ bucket: 'nowhere', key: gone.r2_object_key, since }],
        },
      },
    )
    await commit('refs/heads/broken', { from: `${main}^0`, datasets: '{' })
    const kept = await publish(0)
    assert.equal(kept.notices, ['DM_STAGING_FOREIGN', 'DM_REFERENCE_UNREADABLE', 'DM_SWEEP_FAILED'])
    assert.equal(kept.kept, { [key]: "the branch 'broken' may need it" })
    await home.git('update-ref', '-d', 'refs/heads/broken')
    await commit(main, { datasets: null, files: { 'elsewhere.json': '[]\n' } })
    const moved = await publish(0)
    assert.equal(moved.notices, ['DM_SWEEP_NO_MANIFEST'])
    assert.is((await keys('staging')).length, 2)
    await commit(main, { datasets: [] })
    assert.equal((await publish(0)).removed, [key])
  }),
)

test(
  'a manifest that breaks between the push and the sweep removes nothing',
  onWork(async ({ put, commit, publish, home, keys }) => {
    const entry = upload('a', 'v1')
    await put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production', ageMs: 8 * day })
    await put('staging', staged('old'), 'old', { ageMs: 8 * day })
    await commit(main, { datasets: [dataset('a', [entry])] })
    await commit('refs/broken', { from: `${main}^0`, datasets: '{' })
    const hook = path.join(home.folder, 'hooks/post-receive')
    await writeFile(
      hook,
      '#!/bin/sh\ncat >/dev/null\ngit update-ref refs/heads/main refs/broken\n',
      {
        mode: 0o755,
      },
    )
    const told = await publish(0)
    assert.equal(told.published, ['a v1'])
    assert.equal(told.notices, ['DM_SWEEP_UNKNOWN'])
    assert.is((await keys('staging')).length, 2)
  }),
)

test(
  'of very many objects only those of what changes are looked at, which is said',
  onWork(async ({ put, commit, publish }) => {
    const entry = upload('a', 'v1')
    await put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production' })
    const many = Array.from({ length: 20_000 }, (_, index): TestEntry => {
      const sha256 = sha(String(index))
      return {
        version: `v${index + 1}`,
        timestamp: '2026-01-02T03:04:05Z',
        sha256,
        r2_object_key: `m/${sha256}`,
        commit: 'abcdef1',
        description: '',
      }
    })
    const datasets: TestDataset[] = [dataset('m', many), dataset('a', [entry])]
    await commit(main, { datasets })
    const told = await publish(0)
    assert.equal(told.published, ['a v1'])
    assert.equal(told.notices, ['DM_INVENTORY_PARTIAL'])
  }),
)

test(
  'a base that always moves is given up, and finished by the next run',
  onWork(async ({ put, commit, publish, home }) => {
    const entry = upload('a', 'v1')
    await put('staging', entry.staging_key ?? '', 'a v1', { meant: 'production' })
    await commit(main, { datasets: [dataset('a', [entry])] })
    const hook = [
      '#!/bin/sh',
      'cat >/dev/null',
      'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
      '[ -e still ] || exit 0',
      'git update-ref refs/heads/main $(git commit-tree -p main -m Race main^{tree})',
    ].join('\n')
    await writeFile(path.join(home.folder, 'hooks/pre-receive'), hook, { mode: 0o755 })
    await writeFile(path.join(home.folder, 'still'), '')
    await publish(1, 'DM_BASE_BUSY')
    await rm(path.join(home.folder, 'still'))
    assert.equal((await publish(0)).published, ['a v1'])
  }),
)

test.run()
