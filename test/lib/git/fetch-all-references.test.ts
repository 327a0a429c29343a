import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchAllReferences } from '../../../lib/git/fetch-all-references.ts'
import { fetchBranch } from '../../../lib/git/fetch-branch.ts'
import { findBranch } from '../../../lib/git/find-branch.ts'
import { listRemoteBranches } from '../../../lib/git/list-remote-branches.ts'
import { readFile } from '../../../lib/git/read-file.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('fetchAllReferences')

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
  'brings all branches and pull requests of the remote, and the local branches',
  inFolder(async (folder) => {
    const { work, base, proposal, pull } = await scene(folder)
    const before = await work.git('for-each-ref', 'refs/heads', 'refs/remotes')
    const repository = await open(work.folder)
    assert.equal(await fetchAllReferences(repository), [
      { name: 'refs/heads/data/a-v2', commit: proposal },
      { name: 'refs/heads/main', commit: base },
      { name: 'refs/pull/7/head', commit: pull },
      { name: 'refs/heads/main', commit: base },
      { name: 'refs/heads/mine', commit: base },
    ])
    assert.is(String(await readFile(repository, pull, 'a')), '3')
    assert.is(await work.git('for-each-ref', 'refs/heads', 'refs/remotes'), before)
  }),
)

test(
  'forgets what the remote no longer has, and follows what was rewritten or renamed',
  inFolder(async (folder) => {
    const { work, other, base, proposal } = await scene(folder)
    const repository = await open(work.folder)
    await fetchAllReferences(repository)
    const changes = [':refs/heads/data/a-v2', ':refs/pull/7/head', `${proposal}:refs/heads/data`]
    await other.git('push', '--quiet', 'origin', ...changes)
    const fetched = await fetchAllReferences(repository)
    assert.equal(fetched.slice(0, 2), [
      { name: 'refs/heads/data', commit: proposal },
      { name: 'refs/heads/main', commit: base },
    ])
    assert.is(fetched.length, 4)
  }),
)

test(
  'knows only the local branches without a remote',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const hash = await commit('Begin')
    const repository = await open(folder)
    assert.equal(await fetchAllReferences(repository), [{ name: 'refs/heads/main', commit: hash }])
    assert.equal(await listRemoteBranches(repository), [])
    assert.is(await fetchBranch(repository, 'main'), null)
    assert.is(await findBranch(repository, 'main'), hash)
    assert.is(await findBranch(repository, 'other'), null)
  }),
)

test(
  'lists what the remote has without fetching it',
  inFolder(async (folder) => {
    const { work, base, proposal, pull } = await scene(folder)
    assert.equal(await listRemoteBranches(await open(work.folder)), [
      { name: 'refs/heads/data/a-v2', commit: proposal },
      { name: 'refs/heads/main', commit: base },
      { name: 'refs/pull/7/head', commit: pull },
    ])
    const missing = await work.git('cat-file', '-e', pull).catch(() => 'missing')
    assert.is(missing, 'missing')
  }),
)

test(
  'fetches one branch, follows it, and forgets it when it is gone',
  inFolder(async (folder) => {
    const { work, other, proposal, pull } = await scene(folder)
    const before = await work.git('for-each-ref', 'refs/heads', 'refs/remotes')
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
    assert.is(await work.git('for-each-ref', 'refs/heads', 'refs/remotes'), before)
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
