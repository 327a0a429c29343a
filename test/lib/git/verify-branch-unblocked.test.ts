import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyBranchUnblocked } from '../../../lib/git/refs.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('verifyBranchUnblocked')

test(
  'names the local branch that is in the way, and how to rename it',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin')
    await git('branch', 'data')
    await git('remote', 'add', 'origin', '/nonexistent')
    const verifying = verifyBranchUnblocked(await open(folder), 'data/a-v1')
    const error = await failureOf(verifying, 'DM_GIT_BRANCH_BLOCKED')
    assert.is(error.context.blocker, 'data')
    assert.match(error.hint, 'git branch -m data data-old')
  }),
)

test(
  'names the branch of the remote that is in the way',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin')
    await git('remote', 'add', 'origin', '/nonexistent')
    const repository = await open(folder)
    const remoteBranches = ['refs/heads/data', 'refs/heads/main']
    const verifying = verifyBranchUnblocked(repository, 'data/a-v1', { remoteBranches })
    const error = await failureOf(verifying, 'DM_GIT_BRANCH_BLOCKED')
    assert.is(error.context.remote, 'origin')
    assert.match(error.hint, 'git push origin')
  }),
)

test(
  'finds branches below the wanted name in the way as well',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin')
    await git('branch', 'data/a/b')
    const repository = await open(folder)
    await failureOf(verifyBranchUnblocked(repository, 'data/a'), 'DM_GIT_BRANCH_BLOCKED')
  }),
)

test(
  'accepts neighbours, and the branch itself',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin')
    for (const branch of ['data-old', 'data/a-v1', 'dat']) await git('branch', branch)
    const repository = await open(folder)
    await verifyBranchUnblocked(repository, 'data/a-v2')
    await verifyBranchUnblocked(repository, 'data/a-v1')
    await verifyBranchUnblocked(repository, 'data/a', { remoteBranches: ['refs/heads/main'] })
  }),
)

test.run()
