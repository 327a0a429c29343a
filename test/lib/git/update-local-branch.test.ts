import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Repository } from '../../../lib/git/repository.ts'
import { updateLocalBranch } from '../../../lib/git/update-local-branch.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'
import { createRepository, type TestRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('updateLocalBranch')

interface Scene {
  readonly work: TestRepository
  readonly repository: Repository
  readonly base: string
  /** A commit on the base that changes `manifest.json`, adds `page.md` and deletes `old.md`. */
  readonly commit: string
}

const refresh = ['manifest.json', 'page.md', 'old.md']

async function scene(folder: string): Promise<Scene> {
  const work = await createRepository(path.join(folder, 'work'))
  const base = await work.commit('Begin', { 'manifest.json': '1', 'old.md': '1', other: '1' })
  const repository = await open(work.folder)
  const files = new Map([
    ['manifest.json', Buffer.from('2')],
    ['page.md', Buffer.from('2')],
    ['old.md', null],
  ])
  const commit = await writeCommit(repository, { parents: [base], files, message: 'Publish' })
  return { work, repository, base, commit }
}

const contentOf = ({ folder }: TestRepository, file: string): Promise<string> =>
  readFile(path.join(folder, file), 'utf8').catch(() => '(none)')

test(
  'makes and moves a branch that is not checked out',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    const branch = 'data/a-v2'
    const updated = { outcome: 'updated', left: [] }
    const making = updateLocalBranch(repository, { branch, commit: base, expected: null })
    assert.equal(await making, updated)
    assert.equal(await updateLocalBranch(repository, { branch, commit, expected: base }), updated)
    assert.is(await work.git('rev-parse', branch), commit)
    assert.is(await work.git('status', '--porcelain', '--branch'), '## main')
    assert.equal(await updateLocalBranch(repository, { branch, commit, expected: base }), updated)
  }),
)

test(
  'leaves a branch that is not where it was expected',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    await work.git('branch', 'side', base)
    const update = { branch: 'side', commit, expected: null }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'moved', tip: base })
    const gone = { branch: 'gone', commit, expected: base }
    assert.equal(await updateLocalBranch(repository, gone), { outcome: 'moved', tip: null })
    assert.is(await work.git('rev-parse', 'side'), base)
  }),
)

test(
  'refuses a checked-out branch, in a linked work tree too, and names the folder',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    const linked = path.join(folder, 'linked tree')
    await work.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    for (const [branch, workTree] of [
      ['main', work.folder],
      ['side', linked],
    ] as const) {
      const updating = updateLocalBranch(repository, { branch, commit, expected: base })
      const error = await failureOf(updating, 'DM_GIT_BRANCH_CHECKED_OUT')
      assert.is(error.context.workTree, workTree)
      assert.is(await work.git('rev-parse', branch), base)
    }
  }),
)

test(
  'is blocked by a branch named data',
  inFolder(async (folder) => {
    const { work, repository, commit } = await scene(folder)
    await work.git('branch', 'data')
    const updating = updateLocalBranch(repository, { branch: 'data/x', commit, expected: null })
    await failureOf(updating, 'DM_GIT_BRANCH_BLOCKED')
  }),
)

test(
  'brings the clean files of a checked-out base along',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    const update = { branch: 'main', commit, expected: base, refresh }
    const outcome = await updateLocalBranch(repository, update)
    assert.equal(outcome, { outcome: 'updated', left: [] })
    assert.is(await work.git('rev-parse', 'HEAD'), commit)
    assert.is(await work.git('status', '--porcelain', '--branch'), '## main')
    assert.is(await contentOf(work, 'manifest.json'), '2')
    assert.is(await contentOf(work, 'page.md'), '2')
    assert.is(await contentOf(work, 'old.md'), '(none)')
  }),
)

test(
  'leaves files with uncommitted changes, and all others, as they are',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    await work.write({ 'manifest.json': 'mine', 'page.md': 'mine', other: 'mine', new: 'mine' })
    await work.git('add', 'other')
    const update = { branch: 'main', commit, expected: base, refresh }
    const left = ['manifest.json', 'page.md'].map((file) => ({ workTree: work.folder, file }))
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left })
    assert.is(await work.git('rev-parse', 'main'), commit)
    for (const file of ['manifest.json', 'page.md', 'other', 'new']) {
      assert.is(await contentOf(work, file), 'mine')
    }
    assert.is(await contentOf(work, 'old.md'), '(none)')
    assert.is(await work.git('show', ':other'), 'mine')
    // Not staged by the user: the next commit of anything must not take it back.
    assert.is(await work.git('show', ':manifest.json'), '2')
  }),
)

test(
  'leaves a file that is only staged, and one that was deleted by hand',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    await work.write({ 'manifest.json': 'staged' })
    await work.git('add', 'manifest.json')
    await work.write({ 'manifest.json': '1' })
    const update = { branch: 'main', commit, expected: base, refresh: ['manifest.json'] }
    const left = [{ workTree: work.folder, file: 'manifest.json' }]
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left })
    assert.is(await work.git('show', ':manifest.json'), 'staged')
  }),
)

test(
  'completes what a run that was killed between the files and the branch has left',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    await work.write({ 'manifest.json': '2', 'page.md': '2' })
    await work.git('add', 'manifest.json')
    const update = { branch: 'main', commit, expected: base, refresh }
    const outcome = await updateLocalBranch(repository, update)
    assert.equal(outcome, { outcome: 'updated', left: [] })
    assert.is(await work.git('status', '--porcelain', '--branch'), '## main')
  }),
)

test(
  'applies the line ends that the user has set, and still knows a clean file',
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    const base = await work.commit('Begin', { 'manifest.json': '1\n' })
    await work.git('config', 'core.autocrlf', 'true')
    await work.git('rm', '--quiet', '--cached', 'manifest.json')
    await work.git('reset', '--quiet', '--hard')
    assert.is(await contentOf(work, 'manifest.json'), '1\r\n')
    const repository = await open(work.folder)
    const files = new Map([['manifest.json', Buffer.from('2\n')]])
    const commit = await writeCommit(repository, { parents: [base], files, message: 'x' })
    const update = { branch: 'main', commit, expected: base, refresh: ['manifest.json'] }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left: [] })
    assert.is(await contentOf(work, 'manifest.json'), '2\r\n')
    assert.is(await work.git('status', '--porcelain'), '')
  }),
)

test(
  'refreshes the work tree in which the base is checked out, not the one it runs in',
  inFolder(async (folder) => {
    const { work, base, commit } = await scene(folder)
    await work.git('worktree', 'add', '--quiet', '--detach', path.join(folder, 'linked'))
    const repository = await open(path.join(folder, 'linked'))
    const update = { branch: 'main', commit, expected: base, refresh }
    await updateLocalBranch(repository, update)
    assert.is(await contentOf(work, 'manifest.json'), '2')
    assert.is(await readFile(path.join(folder, 'linked', 'manifest.json'), 'utf8'), '1')
    assert.is(await work.git('status', '--porcelain'), '')
  }),
)

test(
  'makes the first commit of a repository appear in its work tree',
  inFolder(async (folder) => {
    const work = await createRepository(folder)
    const repository = await open(folder)
    const files = new Map([['manifest.json', Buffer.from('1')]])
    const commit = await writeCommit(repository, { parents: [], files, message: 'Begin' })
    const update = { branch: 'main', commit, expected: null, refresh: ['manifest.json'] }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left: [] })
    assert.is(await work.git('status', '--porcelain', '--branch'), '## main')
    assert.is(await contentOf(work, 'manifest.json'), '1')
  }),
)

test(
  'puts the files back where the branch cannot be moved',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    // Another git holds the branch.
    const lock = path.join(work.folder, '.git', 'refs', 'heads', 'main.lock')
    await writeFile(lock, '')
    const update = { branch: 'main', commit, expected: base, refresh }
    await failureOf(updateLocalBranch(repository, update), 'DM_GIT_FAILED')
    assert.is(await work.git('rev-parse', 'main'), base)
    assert.is(await work.git('status', '--porcelain'), '')
    assert.is(await contentOf(work, 'manifest.json'), '1')
    assert.is(await contentOf(work, 'page.md'), '(none)')
    assert.is(await contentOf(work, 'old.md'), '1')
  }),
)

test(
  'moves the branch and reports the files where another git holds the index',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    await writeFile(path.join(work.folder, '.git', 'index.lock'), '')
    const update = { branch: 'main', commit, expected: base, refresh: ['manifest.json'] }
    const left = [{ workTree: work.folder, file: 'manifest.json' }]
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left })
    assert.is(await contentOf(work, 'manifest.json'), '1')
  }),
)

test(
  'moves the local branch of a bare repository',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder, { bare: true })
    const repository = await open(folder)
    const files = new Map([['a', Buffer.from('1')]])
    const commit = await writeCommit(repository, { parents: [], files, message: 'Begin' })
    const update = { branch: 'main', commit, expected: null, refresh: ['a'] }
    assert.is((await updateLocalBranch(repository, update)).outcome, 'updated')
    assert.is(await git('rev-parse', 'main'), commit)
  }),
)

test.run()
