import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isAncestor, mergeBase } from '../../../lib/git/history.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('mergeBase')

test(
  'finds where two lines part, and which commit contains which',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin')
    const ours = await commit('Ours')
    await git('switch', '--quiet', '--create', 'side', base)
    const theirs = await commit('Theirs')
    await git('switch', '--quiet', '--orphan', 'alone')
    const alone = await commit('Alone')
    const repository = await open(folder)
    assert.is(await mergeBase(repository, ours, theirs), base)
    assert.is(await mergeBase(repository, base, theirs), base)
    assert.is(await mergeBase(repository, ours, alone), null)
    assert.is(await isAncestor(repository, base, ours), true)
    assert.is(await isAncestor(repository, ours, ours), true)
    assert.is(await isAncestor(repository, ours, theirs), false)
    const unknown = '0123456789'.repeat(4)
    await failureOf(isAncestor(repository, unknown, ours), 'DM_GIT_FAILED')
    await failureOf(mergeBase(repository, unknown, ours), 'DM_GIT_FAILED')
    await failureOf(mergeBase(repository, '--all', ours), 'DM_GIT_BAD_COMMIT')
  }),
)

test.run()
