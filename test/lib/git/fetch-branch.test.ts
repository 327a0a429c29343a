import { fetchBaseCommit } from '../../../lib/git/base.ts'
import { fetchBranch } from '../../../lib/git/remote.ts'
import { findBranch } from '../../../lib/git/refs.ts'
import { readFile } from '../../../lib/git/read-file.ts'
import { gitHttpServer } from '../../helpers/git-http-server.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  cloneRepository,
  createRemoteAndClone,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('fetchBranch')

interface Scene {
  readonly work: TestRepository
  readonly other: TestRepository
  readonly remote: TestRepository
  readonly base: string
  readonly proposal: string
  readonly pull: string
}

/** Somebody else's branch and pull request on the remote, and a local branch of the user. */
async function scene(folder: string): Promise<Scene> {
  const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
  const base = await work.git('rev-parse', 'main')
  const other = await cloneRepository(remote.folder, `${folder}/other`)
  const proposal = await other.commit('Propose', { a: '2' })
  const pull = await other.commit('Propose more', { a: '3' })
  const refspecs = [`${proposal}:refs/heads/data/a-v2`, `${pull}:refs/pull/7/head`]
  await other.git('push', '--quiet', 'origin', ...refspecs, `${base}:refs/pull/7/merge`)
  await work.git('branch', 'mine')
  return { work, other, remote, base, proposal, pull }
}

test(
  'lists what the remote has without fetching it',
  inFolder(async (folder) => {
    const { work, base, proposal, pull } = await scene(folder)
    const options = { withPullRequests: true }
    const found = await fetchBaseCommit(await open(work.folder), undefined, options)
    if (found.state === 'no-remote') throw new Error('it has a remote')
    const branches = [
      ['refs/heads/data/a-v2', proposal],
      ['refs/heads/main', base],
    ]
    assert.equal([...found.branches], branches)
    assert.equal([...(found.references ?? [])], [...branches, ['refs/pull/7/head', pull]])
    const missing = await work.git('cat-file', '-e', pull).catch(() => 'missing')
    assert.is(missing, 'missing')
  }),
)

test(
  'fetches one branch, and writes no reference',
  inFolder(async (folder) => {
    const { work, other, proposal, pull } = await scene(folder)
    const before = await work.git('for-each-ref')
    const repository = await open(work.folder)
    const branch = 'data/a-v2'
    assert.is(await fetchBranch(repository, 'data'), null)
    assert.is(await fetchBranch(repository, branch), proposal)
    assert.is(String(await readFile(repository, proposal, 'a')), '2')
    await other.git('push', '--quiet', 'origin', `${pull}:refs/heads/${branch}`)
    assert.is(await fetchBranch(repository, branch), pull)
    await other.git('push', '--quiet', 'origin', `:${branch}`, `${proposal}:refs/heads/data`)
    assert.is(await fetchBranch(repository, 'data'), proposal)
    assert.is(await fetchBranch(repository, branch), null)
    assert.is(await work.git('for-each-ref'), before)
  }),
)

test(
  'asks no more where what the remote has is known and here',
  inFolder(async (folder) => {
    const { work, base, proposal } = await scene(folder)
    const server = await gitHttpServer(folder)
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const repository = await open(work.folder)
      const fetched = await fetchBaseCommit(repository)
      if (fetched.state !== 'fetched') throw new Error(fetched.state)
      const asked = server.requests.length
      const { branches } = fetched
      assert.is(await fetchBranch(repository, 'main', undefined, branches), base)
      assert.is(await fetchBranch(repository, 'none', undefined, branches), null)
      assert.is(server.requests.length, asked)
      assert.is(await fetchBranch(repository, 'data/a-v2', undefined, branches), proposal)
      assert.is(await fetchBranch(repository, 'data/a-v2', undefined, branches), proposal)
      // The commit, once: what the remote speaks, and what it is asked for.
      assert.is(server.requests.length, asked + 2)
    } finally {
      await server.close()
    }
  }),
)

test(
  'does not mistake a branch for one whose name ends the same',
  inFolder(async (folder) => {
    const { work } = await scene(folder)
    assert.is(await fetchBranch(await open(work.folder), 'a-v2'), null)
  }),
)

test(
  'refuses names that are no branch',
  inFolder(async (folder) => {
    const { work } = await scene(folder)
    const repository = await open(work.folder)
    for (const branch of ['--upload-pack=x', '*', 'a:b', '']) {
      await failureOf(fetchBranch(repository, branch), 'DM_GIT_BAD_NAME')
      await failureOf(findBranch(repository, branch), 'DM_GIT_BAD_NAME')
    }
  }),
)

test.run()
