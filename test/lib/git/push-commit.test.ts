import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pushCommit } from '../../../lib/git/push-commit.ts'
import { cloneRepository, denyPushes } from '../../helpers/git-repository.ts'
import { failureOf, inFolder } from './sandbox.ts'

import { change, scene } from './push-scene.ts'

const test = suite('pushCommit')

test(
  'makes a branch and continues it',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const branch = 'data/a-v2'
    const first = await change(repository, base, '2')
    assert.equal(await pushCommit(repository, { commit: first, branch, expected: null }), {
      outcome: 'pushed',
      tip: first,
    })
    const second = await change(repository, first, '3')
    await pushCommit(repository, { commit: second, branch, expected: first })
    assert.is(await remote.git('rev-parse', branch), second)
  }),
)

test(
  'succeeds again where the remote has the commit already',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
    await pushCommit(repository, push)
    assert.is((await pushCommit(repository, push)).outcome, 'pushed')
  }),
)

test(
  'succeeds where the remote has gone on from the commit in the meantime',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
    await pushCommit(repository, push)
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More')
    await other.git('push', '--quiet', 'origin', 'main')
    assert.equal(await pushCommit(repository, push), { outcome: 'pushed', tip })
  }),
)

test(
  'reports a base that has moved, and leaves it',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More', { a: 'theirs' })
    await other.git('push', '--quiet', 'origin', 'main')
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    assert.equal(outcome, { outcome: 'moved', tip })
    assert.is(await remote.git('rev-parse', 'main'), tip)

    const again = await change(repository, tip, '2')
    const retried = await pushCommit(repository, { commit: again, branch: 'main', expected: tip })
    assert.is(retried.outcome, 'pushed')
  }),
)

test(
  'does not take over a branch that must not exist, even where it could be continued',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    await remote.git('branch', 'data/x', base)
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'data/x', expected: null })
    assert.equal(outcome, { outcome: 'moved', tip: base })
    assert.is(await remote.git('rev-parse', 'data/x'), base)
  }),
)

test(
  'reports a branch that was deleted in the meantime',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'data/x', expected: base })
    assert.equal(outcome, { outcome: 'moved', tip: null })
  }),
)

test(
  'never replaces commits, not even those that were expected',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const theirs = await change(repository, base, 'theirs')
    await pushCommit(repository, { commit: theirs, branch: 'main', expected: base })
    const ours = await change(repository, base, 'ours')
    const pushing = pushCommit(repository, { commit: ours, branch: 'main', expected: theirs })
    await failureOf(pushing, 'DM_GIT_NOT_FAST_FORWARD')
    assert.is(await remote.git('rev-parse', 'main'), theirs)
  }),
)

test(
  'gives the words of a remote that refuses',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    await denyPushes(remote.folder, 'main is protected: see https://ada:s3cret@host/rules')
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    if (outcome.outcome !== 'refused') throw new Error(outcome.outcome)
    assert.is(outcome.tip, base)
    assert.match(outcome.detail, 'main is protected')
    assert.not.match(outcome.detail, 's3cret')
  }),
)

test(
  'says that a hook refused where the hook says nothing',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const hook = path.join(remote.folder, 'hooks', 'pre-receive')
    await writeFile(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    assert.match(outcome.outcome === 'refused' ? outcome.detail : '', 'pre-receive hook declined')
  }),
)

test(
  'runs no hook of the user',
  inFolder(async (folder) => {
    const { repository, base, work } = await scene(folder)
    const hooks = path.join(work.folder, '.git', 'hooks')
    await mkdir(hooks, { recursive: true })
    await writeFile(path.join(hooks, 'pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    assert.is(outcome.outcome, 'pushed')
  }),
)

test(
  'pushes neither tags nor other branches that the user has set to go along',
  inFolder(async (folder) => {
    const { repository, base, work, remote } = await scene(folder)
    await work.git('config', 'push.followTags', 'true')
    await work.git('config', 'push.default', 'matching')
    await work.git('tag', '-a', '-m', 'x', 'v1', base)
    await work.commit('Not to be pushed')
    const commit = await change(repository, base, '2')
    await pushCommit(repository, { commit, branch: 'data/x', expected: null })
    assert.is(
      await remote.git('for-each-ref', '--format=%(refname)'),
      'refs/heads/data/x\nrefs/heads/main',
    )
    assert.is(await remote.git('rev-parse', 'main'), base)
  }),
)

test(
  'refuses names that are no branch, and what is no hash',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    for (const branch of ['--delete', 'a:refs/heads/main', '', 'a..b', 'HEAD']) {
      const pushing = pushCommit(repository, { commit: base, branch, expected: null })
      await failureOf(pushing, 'DM_GIT_BAD_NAME')
    }
    const pushing = pushCommit(repository, { commit: 'HEAD', branch: 'x', expected: null })
    await failureOf(pushing, 'DM_GIT_BAD_COMMIT')
  }),
)

test.run()
