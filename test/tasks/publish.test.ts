import { cp, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createDataRepository,
  type TestDataset,
  type TestEntry,
} from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { denyPushes } from '../helpers/git-repository.ts'
import { onRepository } from './publish-scene.ts'

const test = suite('dm publish')

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
    // What is published leaves staging by its age.
    const staged = await readdir(stored('staging/staging-uploads'), { recursive: true })
    assert.is(staged.filter((name) => name.includes('.sqlite')).length, 3)
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
  'of two versions that came by one commit, the second can follow the first later',
  onRepository(async ({ work, folder, remote, edit, manifest, propose, staged }) => {
    await propose('a', 1)
    const second = await createTemoaDatabase(folder, 'second.sqlite', 2)
    await dmJson(work.folder, ['prepare', 'b.sqlite', second])
    const proposed = JSON.parse(
      await remote.git('show', 'data/b-v1:manifest.json'),
    ) as TestDataset[]
    const other = proposed.find(({ fileName }) => fileName === 'b.sqlite')?.history[0]
    if (other === undefined) throw new Error('nothing was proposed')
    // Both versions of one dataset in one commit, as where two branches were squashed into one.
    await edit(() => [])
    await edit(() => {
      const [dataset] = proposed
      const [first] = dataset?.history ?? []
      if (dataset === undefined || first === undefined) throw new Error('no dataset')
      const key = (number: number, { sha256 }: TestEntry): string => `a/v${number}-${sha256}.sqlite`
      const history = [
        { ...other, version: 'v2', r2_object_key: key(2, other) },
        { ...first, version: 'v1', r2_object_key: key(1, first) },
      ]
      return [{ ...dataset, history }]
    })
    await rm(await staged(other.sha256))
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    assert.is((document['published'] as { version: string }[])[0]?.version, 'v1')
    await dmJson(work.folder, ['prepare', 'a.sqlite', second])
    await dmJson(work.folder, ['publish'])
    assert.is((await manifest())[0]?.latestVersion, 'v2')
  }),
)

test(
  'a manifest that was brought along from elsewhere goes on where it stood',
  onRepository(async ({ work, folder, edit, propose }) => {
    await propose('a', 1)
    await dmJson(work.folder, ['publish'])
    await propose('a', 2)
    // Its whole history in one commit.
    let whole: TestDataset[] = []
    await edit((datasets) => void (whole = datasets))
    const elsewhere = await createDataRepository(path.join(folder, 'elsewhere'), {
      'manifest.json': JSON.stringify(whole),
    })
    await cp(
      path.join(work.folder, '.git/datamanager'),
      path.join(elsewhere.work.folder, '.git/datamanager'),
      { recursive: true },
    )
    const { published } = await dmJson(elsewhere.work.folder, ['publish'])
    assert.is((published as { version: string }[])[0]?.version, 'v2')
  }),
)

test(
  'bytes that are gone from staging leave their entry pending, with the way to bring them back',
  onRepository(async ({ work, folder, propose, staged }) => {
    const sha256 = await propose('a', 1)
    await rm(await staged(sha256))
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    const [failed] = document['failed'] as { code: string; message: string }[]
    assert.is(failed?.code, 'DM_STAGED_MISSING')
    assert.match(failed?.message ?? '', 'dm prepare a.sqlite')
    const file = path.join(folder, 'a-1.sqlite')
    const restaged = await dmJson(work.folder, ['prepare', 'a.sqlite', file])
    assert.equal([restaged['changed'], restaged['alreadyPrepared']], [false, true])
    assert.ok(await staged(sha256))
    assert.is(((await dmJson(work.folder, ['publish']))['published'] as unknown[]).length, 1)
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
  onRepository(async ({ work, remote, propose, staged }) => {
    const sha256 = await propose('a', 1)
    await denyPushes(remote.folder, 'protected branch')
    const expected = { exit: 1, code: 'DM_PUSH_REFUSED' }
    const failed = await dmFailure(work.folder, ['publish'], expected)
    assert.match(failed.message, 'protected branch')
    assert.match(failed.hint, 'bypass')
    assert.ok(await staged(sha256))
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
    const { stdout } = await runHere(work.folder, ['publish', '--dry-run'])
    assert.match(stdout, 'Would be published: a.sqlite v1')
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
