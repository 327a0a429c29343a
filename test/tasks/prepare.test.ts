import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { denyPushes } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { repositoryState } from '../helpers/repository-state.ts'

const test = suite('dm prepare')

/** A data repository, and two databases to prepare. */
interface Scene extends DataRepository {
  readonly folder: string
  readonly first: string
  readonly second: string
}

/** What its embedded store holds. */
async function filesIn({ folder }: DataRepository['work']): Promise<string[]> {
  const store = path.join(folder, '.git/datamanager/store')
  const all = await readdir(store, { recursive: true }).catch(() => [])
  return all.filter((name) => name.endsWith('.sqlite')).toSorted()
}

function onRepository(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const repository = await createDataRepository(folder)
      const first = await createTemoaDatabase(folder, 'first.sqlite', 10)
      const second = await createTemoaDatabase(folder, 'second.sqlite', 20)
      await body({ ...repository, folder, first, second })
    })
}

test(
  'the same command twice is one proposal',
  onRepository(async ({ work, remote, first }) => {
    const once = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    const twice = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    assert.is(twice['commit'], once['commit'])
    assert.is(twice['branch'], once['branch'])
    assert.is(twice['alreadyPrepared'], true)
    assert.is((twice['staged'] as { sentBytes: number }).sentBytes, 0)
    assert.is(await remote.git('rev-list', '--count', 'main..data/model-v1'), '1')
  }),
)

test(
  'a file that is the newest version already changes nothing',
  onRepository(async ({ work, merge, first }) => {
    const { sha256 } = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    const again = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    const { changed, version, branch, commit, staged, diff, pushed } = again
    assert.equal(
      { changed, version, branch, commit, staged, diff, pushed },
      {
        changed: false,
        version: 'v1',
        branch: null,
        commit: null,
        staged: null,
        diff: null,
        pushed: false,
      },
    )
    assert.is(again['sha256'], sha256)
    const { stdout } = await runHere(work.folder, ['prepare', 'model.sqlite', first])
    assert.match(stdout, 'No changes')
  }),
)

test(
  'after a review the same author adds a commit to the same branch',
  onRepository(async ({ work, remote, first, second }) => {
    const old = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    const revised = await dmJson(work.folder, ['prepare', 'model.sqlite', second])
    assert.is(revised['branch'], 'data/model-v1')
    assert.is(await remote.git('rev-parse', 'data/model-v1^'), old['commit'])
    const manifest = await remote.git('show', 'data/model-v1:manifest.json')
    assert.match(manifest, String(revised['sha256']))
    assert.not.match(manifest, String(old['sha256']))
  }),
)

test(
  'somebody else’s branch of that name is left alone: ours gets digits of the hash',
  onRepository(async ({ work, remote, first, second }) => {
    const other = { env: { GIT_AUTHOR_EMAIL: 'other@example.org', GIT_AUTHOR_NAME: 'Other' } }
    const theirs = await dmJson(work.folder, ['prepare', 'model.sqlite', first], other)
    const ours = await dmJson(work.folder, ['prepare', 'model.sqlite', second])
    assert.is(ours['branch'], `data/model-v1-${String(ours['sha256']).slice(0, 8)}`)
    assert.is(await remote.git('rev-parse', 'data/model-v1'), theirs['commit'])
  }),
)

test(
  '--no-push writes the branch here only, and not where it is checked out',
  onRepository(async ({ work, remote, first, second }) => {
    const prepared = await dmJson(work.folder, ['prepare', 'model.sqlite', first, '--no-push'])
    assert.is(prepared['pushed'], false)
    assert.is(await work.git('rev-parse', 'data/model-v1'), prepared['commit'])
    assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
    await work.git('switch', '--quiet', 'data/model-v1')
    const before = await repositoryState(work)
    const staged = await filesIn(work)
    const expected = { exit: 2, code: 'DM_GIT_BRANCH_CHECKED_OUT' }
    const prepare = ['prepare', 'model.sqlite', second, '--no-push']
    for (const args of [prepare, [...prepare, '--dry-run']]) {
      await dmFailure(work.folder, args, expected)
      assert.is(await repositoryState(work), before)
      assert.equal(await filesIn(work), staged)
    }
    // What the branch proposes already does not have to move it.
    const again = await dmJson(work.folder, ['prepare', 'model.sqlite', first, '--no-push'])
    assert.is(again['alreadyPrepared'], true)
  }),
)

test(
  'a file where the manifest’s folder would be is told before anything is staged',
  onRepository(async ({ work, first }) => {
    await work.write({ 'datamanager.config.json': '{"manifest":"manifest.json/data/m.json"}' })
    const expected = { exit: 1, code: 'DM_GIT_PATH_BLOCKED' }
    for (const mode of [[], ['--dry-run']]) {
      const args = ['prepare', 'model.sqlite', first, ...mode]
      const { message } = await dmFailure(work.folder, args, expected)
      assert.match(message, 'manifest.json is a file')
      assert.equal(await filesIn(work), [])
    }
  }),
)

test(
  '--dry-run goes through the whole graph and changes nothing',
  onRepository(async ({ work, remote, first }) => {
    const references = await remote.git('for-each-ref')
    const state = await repositoryState(work)
    const plan = await dmJson(work.folder, ['prepare', 'model.sqlite', first, '--dry-run'])
    assert.is(plan['dryRun'], true)
    assert.is(plan['branch'], 'data/model-v1')
    const staged = plan['staged'] as { sentBytes: number; form: string }
    assert.is(staged.form, 'compressed')
    assert.ok(staged.sentBytes < Number(plan['bytes']) / 2)
    assert.is(await remote.git('for-each-ref'), references)
    assert.is(await repositoryState(work), state)
    const store = path.join(work.folder, '.git/datamanager/store')
    assert.is(await readFile(store).catch((error: { code: string }) => error.code), 'ENOENT')
    const { stdout } = await runHere(work.folder, ['prepare', 'model.sqlite', first, '--dry-run'])
    assert.match(stdout, 'nothing has been changed')
  }),
)

test(
  'a message and declared fields reach the entry; undeclared and wrong ones are refused',
  onRepository(async ({ work, remote, first }) => {
    const fields = { temoaRepoHash: { pattern: '^[0-9a-f]{4,40}$', optional: true } }
    await work.write({ 'datamanager.config.json': JSON.stringify({ fields }) })
    const prepare = ['prepare', 'model.sqlite', first]
    const unknown = await dmFailure(work.folder, [...prepare, '--field', 'temoaRepohash=abcd'], {
      exit: 2,
      code: 'DM_FIELD_UNKNOWN',
    })
    assert.match(unknown.hint, 'temoaRepoHash')
    const wrong = { exit: 2, code: 'DM_FIELD_INVALID' }
    await dmFailure(work.folder, [...prepare, '--field', 'temoaRepoHash=xyz'], wrong)
    const twice = [...prepare, '--field', 'temoaRepoHash=abcd', '--field', 'temoaRepoHash=abce']
    const repeated = await dmFailure(work.folder, twice, { exit: 2, code: 'DM_FIELD_REPEATED' })
    assert.match(repeated.message, 'temoaRepoHash')
    await dmJson(work.folder, [...prepare, '--field', 'temoaRepoHash=abcd', '-m', 'New data'])
    const manifest = await remote.git('show', 'data/model-v1:manifest.json')
    assert.match(manifest, '"temoaRepoHash": "abcd"')
    assert.match(manifest, '"description": "New data"')
  }),
)

test(
  'a required field that is not given fails where nobody can be asked',
  onRepository(async ({ work, first }) => {
    await work.write({ '.datamanagerrc': 'fields: { source: { prompt: Where from } }' })
    const expected = { exit: 2, code: 'DM_FIELD_REQUIRED' }
    await dmFailure(work.folder, ['prepare', 'model.sqlite', first], expected)
  }),
)

test(
  'a number is never used again, even after its dataset was deleted',
  onRepository(async ({ work, merge, edit, first, second }) => {
    await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    await edit(() => [])
    const again = await dmJson(work.folder, ['prepare', 'model.sqlite', second])
    assert.is(again['version'], 'v2')
  }),
)

test(
  'a refused push fails with the remote’s words, and says what was done already',
  onRepository(async ({ work, remote, first }) => {
    await denyPushes(remote.folder, 'no pushes on Friday')
    const failed = await dmFailure(work.folder, ['prepare', 'model.sqlite', first], {
      exit: 1,
      code: 'DM_PUSH_REFUSED',
    })
    assert.match(failed.message, 'no pushes on Friday')
    assert.match(String(failed.document['changes']), 'The bytes are in staging')
  }),
)

test(
  'bytes that leave staging while the branch is pushed are staged again',
  onRepository(async ({ work, remote, first }) => {
    const staged = path.join(work.folder, '.git/datamanager/store/staging/staging-uploads')
    // As a publication of the same bytes would that runs at the same time.
    const hook = `#!/bin/sh\ncat >/dev/null\nrm -rf '${staged}'\n`
    await writeFile(path.join(remote.folder, 'hooks/pre-receive'), hook, { mode: 0o755 })
    const { sha256 } = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    const names = await readdir(staged, { recursive: true })
    assert.ok(
      names.some((name) => name.endsWith(`/${String(sha256)}.sqlite.zst`)),
      String(names),
    )
  }),
)

test(
  'a remote that does not answer fails before anything is uploaded',
  onRepository(async ({ work, first }) => {
    await work.git('remote', 'set-url', 'origin', '/nowhere/at/all.git')
    const expected = { exit: 1, code: 'DM_GIT_REMOTE_UNREACHABLE' }
    const failed = await dmFailure(work.folder, ['prepare', 'model.sqlite', first], expected)
    assert.is(failed.document['changes'], undefined)
  }),
)

test(
  'a file that is known, but beside which a journal lies, is not what counts',
  onRepository(async ({ work, merge, first }) => {
    await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    await writeFile(`${first}-journal`, Buffer.from('d9d505f920a163d7', 'hex'))
    const expected = { exit: 3, code: 'DM_DATABASE_JOURNAL' }
    await dmFailure(work.folder, ['prepare', 'model.sqlite', first], expected)
  }),
)

test(
  'an older version that waits is told apart from the newest, and an empty message is none',
  onRepository(async ({ work, merge, first, second, remote }) => {
    const message = await dmJson(work.folder, ['prepare', 'model.sqlite', first, '-m', ' '])
    assert.is(await remote.git('log', '-1', '--format=%s', String(message['branch'])), subject)
    await merge('data/model-v1')
    await dmJson(work.folder, ['prepare', 'model.sqlite', second])
    await merge('data/model-v2')
    const older = await dmJson(work.folder, ['prepare', 'model.sqlite', first])
    assert.equal([older['changed'], older['version']], [false, 'v1'])
    assert.match(JSON.stringify(older['notices']), 'v2 is newer and has other bytes')
    const newest = await dmJson(work.folder, ['prepare', 'model.sqlite', second])
    assert.equal([newest['version'], newest['notices']], ['v2', undefined])
  }),
)

const subject = 'Add model.sqlite v1'

test.run()
