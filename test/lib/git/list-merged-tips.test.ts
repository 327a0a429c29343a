import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listMergedTips } from '../../../lib/git/list-merged-tips.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { inFolder, open } from './sandbox.ts'

const test = suite('listMergedTips')

test(
  'knows merged and stale branches, and the tip itself, but no open one',
  inFolder(async (folder) => {
    const { git, commit } = await createRepository(folder)
    const stale = await commit('Begin', { a: '1' })
    await git('branch', 'stale')
    await git('switch', '--quiet', '--create', 'merged')
    const merged = await commit('Merged', { b: '1' })
    await git('switch', '--quiet', '--create', 'open')
    await commit('Open', { c: '1' })
    await git('switch', '--quiet', 'main')
    await git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'merged')
    const tip = await git('rev-parse', 'main')
    const found = await listMergedTips(await open(folder), tip)
    assert.equal([...found].toSorted(), [merged, stale, tip].toSorted())
  }),
)

test.run()
