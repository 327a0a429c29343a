import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dm, dmFailure, dmJson } from '../helpers/dm.ts'
import { denyPushes } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('dm publish')

interface Scene extends DataRepository {
  readonly folder: string
  /** Path of a file in the embedded store. */
  readonly stored: (key: string) => string
  /** Proposes a database as a new version and merges that; returns its SHA-256. */
  readonly propose: (dataset: string, rows: number, ...options: string[]) => Promise<string>
}

function onRepository(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const repository = await createDataRepository(folder)
      const { work, merge } = repository
      const propose: Scene['propose'] = async (dataset, rows, ...options) => {
        const file = await createTemoaDatabase(folder, `${dataset}-${rows}.sqlite`, rows)
        const prepare = ['prepare', `${dataset}.sqlite`, file, ...options]
        const { sha256, branch } = await dmJson(work.folder, prepare)
        await merge(String(branch))
        return String(sha256)
      }
      const stored = (key: string): string => path.join(work.folder, '.git/datamanager/store', key)
      await body({ ...repository, folder, stored, propose })
    })
}

test(
  'everything that is pending goes out in one commit, and a second run has nothing to do',
  onRepository(async ({ work, remote, manifest, propose, stored }) => {
    await propose('a', 1)
    await propose('b', 2, '--bucket', 'internal')
    await propose('a', 3)
    const before = await remote.git('rev-parse', 'main')
    const { published } = await dmJson(work.folder, ['publish'])
    const named = (published as { dataset: string; version: string; bucket: string }[]).map(
      ({ dataset, version, bucket }) => `${dataset} ${version} ${bucket}`,
    )
    const expected = ['a.sqlite v1 production', 'a.sqlite v2 production', 'b.sqlite v1 internal']
    assert.equal(named, expected)
    assert.is(await remote.git('rev-list', '--count', `${before}..main`), '1')
    assert.is((await manifest())[0]?.latestVersion, 'v2')
    assert.equal(await readdir(stored('staging/staging-uploads')), [])
    const again = await dmJson(work.folder, ['publish'])
    assert.equal(again['published'], [])
    assert.is(again['commit'], null)
  }),
)

test(
  'each entry gets the commit that brought it, and without a message its subject',
  onRepository(async ({ work, folder, merge, manifest }) => {
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'a.sqlite', file, '-m', 'Better wind'])
    const merged = await merge('data/a-v1')
    const other = await createTemoaDatabase(folder, 'other.sqlite', 50)
    await dmJson(work.folder, ['prepare', 'b.sqlite', other])
    const second = await merge('data/b-v1', 'Merge pull request #2')
    await dmJson(work.folder, ['publish'])
    const entries = (await manifest()).map(({ history: [entry] }) => entry)
    assert.equal(
      entries.map((entry) => [entry?.commit, entry?.description]),
      [
        [merged.slice(0, 7), 'Better wind'],
        [second.slice(0, 7), 'Add b.sqlite v1'],
      ],
    )
  }),
)

test(
  'bytes that are not the reviewed ones are not published, and the rest goes on',
  onRepository(async ({ work, manifest, propose, stored }) => {
    const bad = await propose('bad', 1)
    await propose('good', 2)
    const staged = stored(`staging/staging-uploads/${bad}.sqlite`)
    const bytes = await readFile(staged)
    bytes[bytes.length - 1] = 0xff
    await chmod(staged, 0o644)
    await writeFile(staged, bytes)
    const { document } = await dmFailure(work.folder, ['publish'], {
      exit: 3,
      code: 'DM_PUBLISH_INCOMPLETE',
    })
    assert.is((document['published'] as unknown[]).length, 1)
    const [failed] = document['failed'] as { dataset: string; code: string }[]
    assert.is(failed?.dataset, 'bad.sqlite')
    assert.is(failed?.code, 'DM_BYTES_DIFFER')
    assert.equal(
      (await manifest()).map(({ history: [entry] }) => entry?.commit === 'pending-merge'),
      [true, false],
    )
    assert.equal(await readdir(stored('production')), ['.dm', 'bad', 'good'])
    assert.equal(await readdir(stored('production/bad')), [])
  }),
)

test(
  'bytes that are gone from staging leave their entry pending, with the way to bring them back',
  onRepository(async ({ work, folder, propose, stored }) => {
    const sha256 = await propose('a', 1)
    await rm(stored(`staging/staging-uploads/${sha256}.sqlite`))
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    const [failed] = document['failed'] as { code: string; message: string }[]
    assert.is(failed?.code, 'DM_STAGED_MISSING')
    assert.match(failed?.message ?? '', 'dm prepare a.sqlite')
    const file = path.join(folder, 'a-1.sqlite')
    const restaged = await dmJson(work.folder, ['prepare', 'a.sqlite', file])
    assert.equal([restaged['changed'], restaged['alreadyPrepared']], [false, true])
    assert.match(String(restaged['notices']), 'are there again')
    assert.is(((await dmJson(work.folder, ['publish']))['published'] as unknown[]).length, 1)
  }),
)

test(
  'what a hostile merge names is refused: a foreign key, a foreign staging key, edited history',
  onRepository(async ({ work, edit, manifest, propose, stored }) => {
    const sha256 = await propose('a', 1)
    await dmJson(work.folder, ['publish'])
    const other = 'b'.repeat(64)
    const entry = {
      version: 'v2',
      timestamp: '2026-01-02T03:04:05.000Z',
      sha256: other,
      r2_object_key: `a/v2-${other}.sqlite`,
      commit: 'pending-merge',
      description: 'x',
      staging_key: `staging-uploads/${other}.sqlite`,
    }
    const cases = [
      [{ ...entry, r2_object_key: `../secret/v2-${other}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, staging_key: `elsewhere/${other}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, r2_object_key: `b/v2-${other}.sqlite` }, 'DM_CHANGE_KEY'],
      [{ ...entry, staging_key: `staging-uploads/${sha256}.sqlite` }, 'DM_MANIFEST_INVALID'],
      [{ ...entry, version: 'v7' }, 'DM_CHANGE_VERSION'],
    ] as const
    for (const [hostile, code] of cases) {
      await edit(([dataset]) => void dataset?.history.unshift(hostile))
      const run = await dm(work.folder, ['publish', '--json'])
      assert.is(run.exit, 3, code)
      assert.match(run.stdout, code)
      assert.not.match(run.stdout, '"published":[{')
      await edit(([dataset]) => void dataset?.history.shift())
    }
    assert.is((await manifest())[0]?.history.length, 1)
    assert.equal(await readdir(stored('production/a')), [`v1-${sha256}.sqlite`])
  }),
)

test(
  'a version above one that is refused waits with it; other datasets go on',
  onRepository(async ({ work, edit, propose }) => {
    await propose('a', 1)
    await propose('b', 2)
    await edit(([dataset]) => {
      const [first] = dataset?.history ?? []
      if (first === undefined) throw new Error('no entry')
      const other = 'b'.repeat(64)
      // In a folder of somebody's choice, and another one above it in the same folder.
      first.r2_object_key = `chosen/v1-${first.sha256}.sqlite`
      dataset?.history.unshift({
        ...first,
        version: 'v2',
        sha256: other,
        r2_object_key: `chosen/v2-${other}.sqlite`,
        staging_key: `staging-uploads/${other}.sqlite`,
      })
    })
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    const failed = document['failed'] as { version: string; code: string }[]
    assert.equal(
      failed.map(({ version, code }) => `${version} ${code}`),
      ['v1 DM_CHANGE_KEY', 'v2 DM_CHANGE_PREDECESSOR'],
    )
    assert.is((document['published'] as { dataset: string }[])[0]?.dataset, 'b.sqlite')
  }),
)

test(
  'a version that was published and then reverted in git is refused, with the hint to roll back',
  onRepository(async ({ work, edit, propose }) => {
    await propose('a', 1)
    let before = ''
    await edit((manifest) => void (before = JSON.stringify(manifest)))
    await dmJson(work.folder, ['publish'])
    await edit(() => JSON.parse(before))
    const { document } = await dmFailure(work.folder, ['publish'], {
      exit: 3,
      code: 'DM_PUBLISH_INCOMPLETE',
    })
    const [failed] = document['failed'] as { code: string; message: string }[]
    assert.is(failed?.code, 'DM_CHANGE_REVERTED')
    assert.match(failed?.message ?? '', 'rollback')
  }),
)

test(
  'a version that another one was rolled back to survives its deletion',
  onRepository(async ({ work, edit, propose, manifest, stored }) => {
    const sha256 = await propose('a', 1)
    await propose('a', 2)
    await dmJson(work.folder, ['publish'])
    await edit(([dataset]) => {
      const old = dataset?.history.find(({ version }) => version === 'v1')
      if (dataset === undefined || old === undefined) throw new Error('no v1')
      const { staging_key: _staging, ...restored } = { ...old, version: 'v3' }
      dataset.history.unshift({ ...restored, commit: 'pending-merge', description: 'Back' })
    })
    const rolledBack = await dmJson(work.folder, ['publish'])
    assert.equal(rolledBack['rolledBack'], [{ dataset: 'a.sqlite', version: 'v3' }])
    await edit(([dataset]) => {
      const old = dataset?.history.find(({ version }) => version === 'v1')
      if (old !== undefined) old.status = 'pending-deletion'
    })
    const deleted = (await dmJson(work.folder, ['publish']))['deleted'] as unknown[]
    assert.is(deleted.length, 1)
    assert.equal(
      (await manifest())[0]?.history.map(({ version }) => version),
      ['v3', 'v2'],
    )
    const kept = await readdir(stored('production/a'))
    assert.ok(kept.includes(`v1-${sha256}.sqlite`), String(kept))
    await dmJson(work.folder, ['pull', 'a.sqlite', '-o', '../out.sqlite'])
  }),
)

test(
  'the base may move while bytes are copied: the commit is built anew on its tip',
  onRepository(async ({ work, remote, manifest, propose }) => {
    await propose('a', 1)
    // The first push finds that somebody else was faster; git itself does the race.
    const hook = [
      '#!/bin/sh',
      'cat >/dev/null',
      'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
      '[ -e raced ] && exit 0',
      'touch raced',
      'tip=$(git rev-parse main)',
      'new=$(git -c user.name=B -c user.email=b@example.org commit-tree -p $tip -m Race $tip^{tree})',
      'git update-ref refs/heads/main $new $tip',
    ].join('\n')
    await writeFile(path.join(remote.folder, 'hooks/pre-receive'), hook, { mode: 0o755 })
    await dmJson(work.folder, ['publish'])
    assert.is(await remote.git('log', '-1', '--format=%s', 'main~1'), 'Race')
    assert.is((await manifest())[0]?.history[0]?.commit === 'pending-merge', false)
  }),
)

test(
  'a protected base fails with the remedy, keeps the bytes in both places, and can be run again',
  onRepository(async ({ work, remote, propose, stored }) => {
    const sha256 = await propose('a', 1)
    await denyPushes(remote.folder, 'protected branch')
    const expected = { exit: 1, code: 'DM_PUSH_REFUSED' }
    const failed = await dmFailure(work.folder, ['publish'], expected)
    assert.match(failed.message, 'protected branch')
    assert.match(failed.hint, 'bypass')
    assert.equal(await readdir(stored('staging/staging-uploads')), [`${sha256}.sqlite`])
    await rm(path.join(remote.folder, 'hooks/pre-receive'))
    assert.is(((await dmJson(work.folder, ['publish']))['published'] as unknown[]).length, 1)
  }),
)

test(
  '--dry-run says what would be published, and changes nothing',
  onRepository(async ({ work, remote, propose, stored }) => {
    await propose('a', 1)
    const references = await remote.git('for-each-ref')
    const plan = await dmJson(work.folder, ['publish', '--dry-run'])
    assert.is((plan['published'] as unknown[]).length, 1)
    assert.is(await remote.git('for-each-ref'), references)
    assert.equal(await readdir(stored('')), ['staging'])
    const { stdout } = await dm(work.folder, ['publish', '--dry-run'])
    assert.match(stdout, 'Would be published a.sqlite v1')
  }),
)

test(
  'unknown fields, and the layout of what is published, survive',
  onRepository(async ({ work, remote, edit, propose }) => {
    await propose('a', 1)
    await dmJson(work.folder, ['publish'])
    await edit(
      ([dataset]) =>
        void (dataset !== undefined && Object.assign(dataset.history[0] ?? {}, { 'x-odd': [1] })),
    )
    const before = await remote.git('show', 'main:manifest.json')
    await propose('b', 2)
    await dmJson(work.folder, ['publish'])
    const after = await remote.git('show', 'main:manifest.json')
    assert.is(after.slice(0, before.length - 4), before.slice(0, -4))
  }),
)

test.run()
