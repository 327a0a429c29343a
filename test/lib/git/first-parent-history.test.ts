import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ensureFullHistory } from '../../../lib/git/ensure-full-history.ts'
import { fetchBase } from '../../../lib/git/fetch-base.ts'
import { firstParentHistory } from '../../../lib/git/first-parent-history.ts'
import { readBase } from '../../../lib/git/read-base.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('firstParentHistory')

test(
  'lists the commits of the line itself that changed the file, newest first',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const first = await commit('First: äöü', { a: '1' })
    await commit('Elsewhere', { b: '1' })
    await git('switch', '--quiet', '--create', 'side')
    await commit('Part of the proposal', { a: '2' })
    const proposal = await commit('The proposal', { a: '3' })
    await git('switch', '--quiet', 'main')
    const before = await commit('Meanwhile', { b: '2' })
    await git('merge', '--quiet', '--no-ff', '-m', 'Merge pull request #1', 'side')
    const merge = await git('rev-parse', 'HEAD')
    await git('rm', '--quiet', 'a')
    const last = await commit('Remove')

    const history = await firstParentHistory(await open(folder), last, 'a')
    assert.equal(
      history.map(({ commit: hash, parents, subject, mergedSubject }) => [
        hash,
        parents,
        subject,
        mergedSubject,
      ]),
      [
        [last, [merge], 'Remove', null],
        [merge, [before, proposal], 'Merge pull request #1', 'The proposal'],
        [first, [], 'First: äöü', null],
      ],
    )
    const seconds = Number(await git('log', '-1', '--format=%ct', first))
    assert.is(history.at(-1)?.time.getTime(), seconds * 1000)
  }),
)

test(
  'does not depend on the user’s settings for logs',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const tip = await commit('Begin', { a: '1' })
    for (const [key, value] of [
      ['log.showSignature', 'true'],
      ['log.follow', 'true'],
      ['log.decorate', 'full'],
      ['color.ui', 'always'],
      ['i18n.logOutputEncoding', 'latin1'],
    ] as const) {
      await git('config', key, value)
    }
    const history = await firstParentHistory(await open(folder), tip, 'a')
    assert.equal(
      history.map(({ commit: hash }) => hash),
      [tip],
    )
  }),
)

test(
  'is empty for a file that never was',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const tip = await commit('Begin', { a: '1' })
    assert.equal(await firstParentHistory(await open(folder), tip, 'b'), [])
  }),
)

test(
  'is whole after a shallow clone was deepened',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    for (const content of ['2', '3', '4']) await work.commit(content, { a: content })
    await work.git('push', '--quiet', 'origin', 'main')
    await work.git('push', '--quiet', 'origin', 'main~1:refs/heads/side')
    const url = `file://${remote.folder}`
    for (const options of [['--depth=1'], ['--depth=1', '--branch=side', '--single-branch']]) {
      const clone = await cloneRepository(url, path.join(folder, options.join()), options)
      const repository = await open(clone.folder)
      await fetchBase(repository)
      const tip = String(await readBase(repository))
      assert.ok((await firstParentHistory(repository, tip, 'a')).length < 4)
      await ensureFullHistory(repository)
      const subjects = (await firstParentHistory(repository, tip, 'a')).map(
        (entry) => entry.subject,
      )
      assert.equal(subjects, ['4', '3', '2', 'Begin'])
      assert.is(await clone.git('status', '--porcelain'), '')
    }
  }),
)

test(
  'needs no deepening where only another branch is shallow, or nothing is',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    await work.git('switch', '--quiet', '--orphan', 'pages')
    await work.commit('1')
    await work.commit('2')
    await work.git('push', '--quiet', 'origin', 'pages')
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--depth=1',
      '--branch=pages',
      '--single-branch',
    ])
    const repository = await open(clone.folder)
    await fetchBase(repository)
    // Whoever asked the remote now would fail.
    await clone.git('remote', 'set-url', 'origin', '/nonexistent')
    await ensureFullHistory(repository)
    assert.is(await clone.git('rev-parse', '--is-shallow-repository'), 'true')
  }),
)

test(
  'says that the history is cut off where it cannot be completed',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    await work.commit('More')
    await work.git('push', '--quiet', 'origin', 'main')
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--depth=1',
    ])
    await clone.git('remote', 'set-url', 'origin', '/nonexistent')
    const error = await failureOf(ensureFullHistory(await open(clone.folder)), 'DM_GIT_SHALLOW')
    assert.match(error.hint, 'git fetch --unshallow')

    await clone.git('remote', 'remove', 'origin')
    await failureOf(ensureFullHistory(await open(clone.folder)), 'DM_GIT_SHALLOW')
  }),
)

test(
  'says so too where the remote is a shallow clone itself',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    await work.commit('More')
    await work.git('push', '--quiet', 'origin', 'main')
    const middle = path.join(folder, 'middle.git')
    await cloneRepository(`file://${remote.folder}`, middle, ['--bare', '--depth=1'])
    const clone = await cloneRepository(`file://${middle}`, path.join(folder, 'clone'))
    await failureOf(ensureFullHistory(await open(clone.folder)), 'DM_GIT_SHALLOW')
  }),
)

test.run()
