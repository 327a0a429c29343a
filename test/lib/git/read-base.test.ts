import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchBaseCommit, readBaseCommit } from '../../../lib/git/base.ts'
import { cloneRepository, createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('readBaseCommit')

test(
  'is null in a repository without commits',
  inFolder(async (folder) => {
    await createRepository(folder)
    assert.is(await readBaseCommit(await open(folder)), null)
  }),
)

test(
  'is null where the remote is as empty as the clone',
  inFolder(async (folder) => {
    await createRepository(path.join(folder, 'remote.git'), { bare: true })
    const clone = await cloneRepository(path.join(folder, 'remote.git'), path.join(folder, 'work'))
    const repository = await open(clone.folder)
    assert.is((await fetchBaseCommit(repository)).state, 'no-branch')
    assert.is(await readBaseCommit(repository), null)
  }),
)

test(
  'tells to push the local base where the remote is empty',
  inFolder(async (folder) => {
    await createRepository(path.join(folder, 'remote.git'), { bare: true })
    const clone = await cloneRepository(path.join(folder, 'remote.git'), path.join(folder, 'work'))
    await clone.commit('Begin')
    const error = await failureOf(readBaseCommit(await open(clone.folder)), 'DM_GIT_NO_BASE')
    assert.match(error.hint, 'git push origin main')
  }),
)

test(
  'is the local branch without a remote, whatever is checked out',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin')
    await git('switch', '--quiet', '--create', 'side')
    await commit('More')
    assert.is(await readBaseCommit(await open(folder)), base)
    await git('switch', '--quiet', '--detach')
    assert.is(await readBaseCommit(await open(folder)), base)
  }),
)

test(
  'names the branches there are where the base is none of them',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin')
    await git('branch', '--move', 'trunk')
    await git('branch', 'side')
    const error = await failureOf(readBaseCommit(await open(folder)), 'DM_GIT_NO_BASE')
    assert.is(error.exit, 2)
    assert.equal(error.context.branches, ['side', 'trunk'])
    assert.match(error.hint, 'git.base')
  }),
)

test(
  'does not take a tag of that name for the base',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin')
    await git('tag', 'main')
    await commit('More')
    await git('update-ref', 'refs/heads/main', base)
    await git('tag', '--force', 'main', 'HEAD')
    assert.is(await readBaseCommit(await open(folder)), base)
  }),
)

test.run()
