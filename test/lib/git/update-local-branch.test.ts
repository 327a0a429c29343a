import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DmError } from '../../../lib/errors/dm-error.ts'
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
  'takes a name that looks like an option for a name',
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    const base = await work.commit('Begin', { '-q': '1', '--cached': '1', '-f': '1' })
    await work.git('sparse-checkout', 'set', '--no-cone', '/*', '!/-f')
    const repository = await open(work.folder)
    const files = new Map([
      ['-q', Buffer.from('2')],
      ['--cached', null],
      ['-f', Buffer.from('2')],
    ])
    const commit = await writeCommit(repository, { parents: [base], files, message: 'Publish' })
    const update = { branch: 'main', commit, expected: base, refresh: [...files.keys()] }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left: [] })
    assert.is(await work.git('status', '--porcelain'), '')
    assert.is(await contentOf(work, '-q'), '2')
    assert.is(await contentOf(work, '--cached'), '(none)')
  }),
)

/** Refused for this reason, with nothing changed. */
async function refused(
  { work, repository, base, commit }: Scene,
  state: string,
  files: readonly string[] = refresh,
): Promise<DmError<'DM_GIT_WORK_TREE_BUSY'>> {
  const look = (): Promise<string> => work.git('status', '--porcelain=v2', '--branch')
  const before = await look()
  const updating = updateLocalBranch(repository, {
    branch: 'main',
    commit,
    expected: base,
    refresh: files,
  })
  const error = await failureOf(updating, 'DM_GIT_WORK_TREE_BUSY')
  assert.is(error.context.state, state)
  assert.is(await look(), before)
  assert.is(await work.git('rev-parse', 'main'), base)
  return error
}

test(
  'is refused where a file has staged changes: the next commit would take the new one back',
  inFolder(async (folder) => {
    const it = await scene(folder)
    const { git, write } = it.work
    const reset = (): Promise<string> => git('reset', '--quiet', '--hard')
    await write({ 'manifest.json': 'mine' })
    await git('add', 'manifest.json')
    const error = await refused(it, 'changes')
    assert.match(error.message, 'manifest.json')
    assert.match(error.hint, 'stash')
    await write({ 'manifest.json': '1' })
    await refused(it, 'changes')
    await reset()
    await git('rm', '--quiet', 'manifest.json')
    await refused(it, 'changes')
    await reset()
    // Such as `git stash pop` leaves it.
    const blob = await git('rev-parse', `${it.base}:manifest.json`)
    const conflict = path.join(folder, 'conflict')
    await writeFile(
      conflict,
      [1, 2, 3].map((stage) => `100644 ${blob} ${stage}\tmanifest.json\n`).join(''),
    )
    await git('update-index', '--force-remove', 'manifest.json')
    await promisify(execFile)('sh', ['-c', `git update-index --index-info <'${conflict}'`], {
      cwd: it.work.folder,
    })
    await refused(it, 'changes')
    await reset()
    // Changes of other files stay what they are.
    await write({ other: 'mine', new: 'mine' })
    await git('add', 'other')
    const { base: expected, commit } = it
    await updateLocalBranch(it.repository, { branch: 'main', commit, expected, refresh })
    assert.is(await git('status', '--porcelain'), 'M  other\n?? new')
  }),
)

const onDiskOnly: Record<string, (work: TestRepository) => Promise<unknown>> = {
  changed: ({ write }) => write({ 'manifest.json': 'mine' }),
  deleted: ({ folder }) => rm(path.join(folder, 'manifest.json')),
  'not tracked': ({ write }) => write({ 'page.md': 'mine' }),
  'a link': ({ folder }) => symlink('other', path.join(folder, 'page.md')),
}

for (const [name, change] of Object.entries(onDiskOnly)) {
  test(
    `leaves alone what is changed on disk only (${name}), and nothing takes the new commit back`,
    inFolder(async (folder) => {
      const { work, base: expected, commit, repository } = await scene(folder)
      await change(work)
      const before = await work.git('status', '--porcelain', '--no-renames')
      const update = { branch: 'main', commit, expected, refresh }
      const updated = await updateLocalBranch(repository, update)
      const file = before.replace('?? ', '   ').slice(3)
      assert.equal(updated, { outcome: 'updated', left: [{ workTree: work.folder, file }] })
      assert.is(await work.git('diff', '--cached', '--name-only'), '')
      assert.is(await work.git('diff', '--name-only'), file)
    }),
  )
}

test(
  'is refused while a work tree is in the middle of something, and goes on afterwards',
  inFolder(async (folder) => {
    const it = await scene(folder)
    const { git, commit: commitAll } = it.work
    await git('switch', '--quiet', '--create', 'side')
    const theirs = await commitAll('Theirs', { other: 'theirs' })
    await git('switch', '--quiet', '--create', 'onto', it.base)
    await commitAll('Onto', { other: 'onto' })
    const begin = async (...args: string[]): Promise<void> => {
      await git(...args).catch(() => undefined)
    }
    await git('switch', '--quiet', 'main')
    await begin('merge', '--quiet', '--no-commit', '--no-ff', 'side')
    const error = await refused(it, 'merge')
    assert.match(error.hint, 'status')
    await git('merge', '--abort')
    await begin('cherry-pick', '--no-commit', theirs)
    await writeFile(path.join(it.work.folder, '.git', 'CHERRY_PICK_HEAD'), `${theirs}\n`)
    await refused(it, 'cherry-pick')
    await git('cherry-pick', '--abort')
    await git('reset', '--quiet', '--hard', it.base)
    // A rebase puts the branch elsewhere at its end; the work tree is detached meanwhile.
    await git('branch', '--force', 'topic', 'main')
    const own = await createRebase(it)
    await refused(own, 'rebase')
    await own.work.git('rebase', '--abort')
    const { commit, base: expected } = own
    const update = { branch: 'main', commit, expected, refresh }
    assert.equal(await updateLocalBranch(own.repository, update), { outcome: 'updated', left: [] })
  }),
)

/** The scene with the base one commit further, which a rebase that has stopped would move. */
async function createRebase(it: Scene): Promise<Scene> {
  const base = await it.work.commit('Ours', { other: 'ours' })
  const files = new Map([['manifest.json', Buffer.from('3')]])
  const commit = await writeCommit(it.repository, { parents: [base], files, message: 'Publish' })
  await it.work.git('rebase', 'onto').catch(() => undefined)
  return { ...it, base, commit }
}

test(
  'knows each state by what git keeps of it, in a linked work tree too',
  inFolder(async (folder) => {
    const it = await scene(folder)
    const head = `${it.base}\n`
    const branch = 'refs/heads/main\n'
    const linked = path.join(folder, 'linked')
    await it.work.git('worktree', 'add', '--quiet', '--detach', linked)
    for (const [state, file, text] of [
      ['merge', 'MERGE_HEAD', head],
      ['cherry-pick', 'CHERRY_PICK_HEAD', head],
      ['revert', 'REVERT_HEAD', head],
      ['cherry-pick', 'sequencer/todo', ''],
      // `git am`, and a rebase that leaves its branch checked out.
      ['rebase', 'rebase-apply/applying', ''],
      ['rebase', 'rebase-merge/interactive', ''],
      ['rebase', 'worktrees/linked/rebase-merge/head-name', branch],
      ['rebase', 'worktrees/linked/rebase-apply/head-name', branch],
      // `git rebase --update-refs` moves branches that are checked out nowhere.
      ['rebase', 'worktrees/linked/rebase-merge/update-refs', `${branch}${head}${head}`],
    ] as const) {
      const full = path.join(it.work.folder, '.git', file)
      await mkdir(path.dirname(full), { recursive: true })
      await writeFile(full, text)
      const { context } = await refused(it, state)
      assert.is(context.workTree, file.includes('linked') ? linked : it.work.folder)
      await rm(file.includes('/') ? path.dirname(full) : full, { recursive: true })
    }
    const update = { branch: 'main', commit: it.commit, expected: it.base, refresh }
    assert.equal(await updateLocalBranch(it.repository, update), { outcome: 'updated', left: [] })
  }),
)

test(
  'moves a base that is being bisected, since it is not checked out',
  inFolder(async (folder) => {
    const { work, repository, commit, base } = await scene(folder)
    await work.commit('More', { other: '2' })
    await work.git('branch', 'more')
    await work.git('reset', '--quiet', '--hard', base)
    await work.git('bisect', 'start', 'more', base)
    const update = { branch: 'main', commit, expected: base, refresh }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left: [] })
    await work.git('bisect', 'reset')
    assert.is(await work.git('status', '--porcelain', '--branch'), '## main')
    assert.is(await contentOf(work, 'manifest.json'), '2')
  }),
)

test(
  'is refused where another git holds the index or the branch, and names the file',
  inFolder(async (folder) => {
    const it = await scene(folder)
    const git = path.join(it.work.folder, '.git')
    await writeFile(path.join(git, 'index.lock'), '')
    const error = await refused(it, 'lock')
    assert.match(error.message, 'index.lock')
    await rm(path.join(git, 'index.lock'))
    const update = { branch: 'main', commit: it.commit, expected: it.base, refresh }
    for (const name of ['refs/heads/main.lock', 'HEAD.lock']) {
      await writeFile(path.join(git, name), '')
      const code = name === 'HEAD.lock' ? 'DM_GIT_WORK_TREE_BUSY' : 'DM_GIT_REF_LOCKED'
      const locked = await failureOf(updateLocalBranch(it.repository, update), code)
      assert.match(locked.message, name)
      await rm(path.join(git, name))
      assert.is(await it.work.git('rev-parse', 'main'), it.base)
      assert.is(await it.work.git('status', '--porcelain'), '')
    }
    // A lock on the packed ones is in nobody's way.
    await writeFile(path.join(git, 'packed-refs.lock'), '')
    assert.equal(await updateLocalBranch(it.repository, update), { outcome: 'updated', left: [] })
    assert.is(await it.work.git('status', '--porcelain'), '')
  }),
)

test(
  'leaves alone what a link in the work tree leads to',
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    const base = await work.commit('Begin', { 'docs/page.md': '1' })
    const repository = await open(work.folder)
    const file = 'docs/page.md'
    const files = new Map([[file, Buffer.from('2')]])
    const commit = await writeCommit(repository, { parents: [base], files, message: 'Publish' })
    const elsewhere = path.join(folder, 'elsewhere')
    await rename(path.join(work.folder, 'docs'), elsewhere)
    await symlink(elsewhere, path.join(work.folder, 'docs'))
    const update = { branch: 'main', commit, expected: base, refresh: [file] }
    const left = [{ workTree: work.folder, file }]
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left })
    assert.is(await readFile(path.join(elsewhere, 'page.md'), 'utf8'), '1')
    assert.is(await work.git('show', `:${file}`), '2')
  }),
)

test(
  'tells that a checked-out base has moved, whatever that has changed',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    const tip = await work.commit('Meanwhile', { 'manifest.json': '3' })
    const update = { branch: 'main', commit, expected: base, refresh }
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'moved', tip })
    assert.is(await work.git('status', '--porcelain'), '')
  }),
)

test(
  'puts all files back where one work tree cannot follow, and lets go of the branch',
  inFolder(async (folder) => {
    const { work, repository, base, commit } = await scene(folder)
    const linked = path.join(folder, 'linked')
    await work.git('worktree', 'add', '--quiet', '--force', linked, 'main')
    await work.git('config', 'filter.broken.smudge', 'exit 1')
    await work.git('config', 'filter.broken.required', 'true')
    await writeFile(path.join(linked, '.gitattributes'), 'page.md filter=broken\n')
    const update = { branch: 'main', commit, expected: base, refresh }
    await failureOf(updateLocalBranch(repository, update), 'DM_GIT_FAILED')
    assert.is(await work.git('rev-parse', 'main'), base)
    assert.is(await work.git('status', '--porcelain'), '')
    assert.is(await work.git('-C', linked, 'status', '--porcelain'), '?? .gitattributes')
    await rm(path.join(linked, '.gitattributes'))
    assert.equal(await updateLocalBranch(repository, update), { outcome: 'updated', left: [] })
    for (const tree of [work.folder, linked]) {
      assert.is(await readFile(path.join(tree, 'page.md'), 'utf8'), '2')
    }
  }),
)

test(
  'is refused where the folder of a work tree is gone, until git forgets it',
  inFolder(async (folder) => {
    const it = await scene(folder)
    await it.work.git('switch', '--quiet', '--detach')
    const linked = path.join(folder, 'linked')
    await it.work.git('worktree', 'add', '--quiet', linked, 'main')
    await rm(linked, { recursive: true })
    const error = await refused(it, 'gone')
    assert.is(error.context.workTree, linked)
    assert.match(error.hint, 'git worktree prune')
    await it.work.git('worktree', 'prune')
    const update = { branch: 'main', commit: it.commit, expected: it.base, refresh }
    assert.equal(await updateLocalBranch(it.repository, update), { outcome: 'updated', left: [] })
  }),
)

test(
  'keeps files out of a sparse checkout that are not part of it',
  inFolder(async (folder) => {
    const it = await scene(folder)
    await it.work.git('sparse-checkout', 'set', '--no-cone', '/other')
    assert.is(await contentOf(it.work, 'manifest.json'), '(none)')
    const files = ['manifest.json', 'old.md']
    const update = { branch: 'main', commit: it.commit, expected: it.base, refresh: files }
    assert.equal(await updateLocalBranch(it.repository, update), { outcome: 'updated', left: [] })
    assert.is(await contentOf(it.work, 'manifest.json'), '(none)')
    assert.is(await it.work.git('ls-files', '-t', 'manifest.json'), 'S manifest.json')
    // Only what was not to be refreshed is missing in the index.
    assert.is(await it.work.git('diff', '--cached', '--name-status'), 'D\tpage.md')
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
