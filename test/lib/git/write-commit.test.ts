import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pushCommit } from '../../../lib/git/push-commit.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'
import { verifyPathUnblocked } from '../../../lib/git/write-tree.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
  type FileMap,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open, openWithRemote } from './sandbox.ts'
import { filesOf, write } from './write-change.ts'

const test = suite('writeCommit')

/** Everything that must be as it was: the index byte by byte, what git says, the branches. */
async function stateOf({ folder, git }: TestRepository): Promise<string[]> {
  const index = await readFile(path.join(folder, '.git', 'index'))
  return [
    createHash('sha256').update(index).digest('hex'),
    await git('status', '--porcelain', '--branch'),
    await git('stash', 'list'),
    await git('for-each-ref', 'refs/heads', 'refs/tags'),
    await git('symbolic-ref', 'HEAD'),
    (await readdir(path.join(folder, '.git'))).join(' '),
    await git('diff'),
    await git('diff', '--cached'),
  ]
}

test(
  'replaces, adds and deletes files, and keeps all others',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin', { a: '1', b: '1', 'c/d': '1', 'c/e': '1' })
    const changes = { a: '2', b: null, 'new folder/ü/f.txt': '2', 'c/e': '2' }
    const hash = await write(await open(folder), base, changes)
    assert.is(
      await git('ls-tree', '-r', '--name-only', '-z', hash),
      ['a', 'c/d', 'c/e', 'new folder/ü/f.txt', ''].join('\0'),
    )
    assert.is(await git('show', `${hash}:a`), '2')
    assert.is(await git('show', `${hash}:c/d`), '1')
    assert.is(
      await git('log', '-1', '--format=%P|%an|%ae|%B', hash),
      `${base}|Ada Test|ada@example.org|Change\n`,
    )
  }),
)

test(
  'writes bytes as they are, whatever line ends and filters the user has set',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin', { '.gitattributes': '* text=auto filter=upper\n' })
    await git('config', 'core.autocrlf', 'true')
    await git('config', 'filter.upper.clean', 'tr a-z A-Z')
    const text = '{\r\n "a": 1\n}\r\n'
    const hash = await write(await open(folder), base, { 'manifest.json': text })
    assert.is(await git('cat-file', 'blob', `${hash}:manifest.json`), text.slice(0, -1))
  }),
)

test(
  'begins a history',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    const hash = await write(await open(folder), null, { a: '1' })
    assert.is(await git('log', '-1', '--format=%P', hash), '')
    assert.is(await git('status', '--porcelain', '--branch'), '## No commits yet on main')
  }),
)

test(
  'makes a merge commit on the first parent’s tree',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const base = await commit('Begin', { a: '1' })
    const other = await commit('Other', { b: '1' })
    const repository = await open(folder)
    const files = filesOf({ c: '1' })
    const hash = await writeCommit(repository, { parents: [base, other], files, message: 'Merge' })
    assert.is(await git('log', '-1', '--format=%P', hash), `${base} ${other}`)
    assert.is(await git('ls-tree', '--name-only', hash), 'a\nc')
  }),
)

test(
  'leaves a dirty work tree, the index, branches and HEAD as they are, push included',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1', b: '1', c: '1', d: '1' })
    await work.git('switch', '--quiet', '--create', 'mine')
    await work.write({ a: 'staged', b: 'unstaged', untracked: 'x' })
    await work.git('add', 'a')
    await work.write({ a: 'staged and changed again' })
    await work.git('rm', '--quiet', 'c')
    await work.git('config', 'core.splitIndex', 'true')
    const before = await stateOf(work)
    const repository = await openWithRemote(work.folder)
    const base = await work.git('rev-parse', 'origin/main')
    const commit = await write(repository, base, { a: '2', 'x/y': '2' })
    const pushed = await pushCommit(repository, { commit, branch: 'data/a-v2', expected: null })
    assert.is(pushed.outcome, 'pushed')
    assert.equal(await stateOf(work), before)
    assert.is(await work.git('diff', '--name-only', base, commit), 'a\nx/y')
  }),
)

test(
  'writes relative to the data repository, from a linked work tree too',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(path.join(folder, 'main'))
    const base = await commit('Begin', { 'sub/a': '1', a: '1' })
    await git('worktree', 'add', '--quiet', '--detach', '../linked')
    const hash = await write(await open(path.join(folder, 'linked', 'sub')), base, { a: '2' })
    assert.is(await git('diff', '--name-only', base, hash), 'sub/a')
  }),
)

test(
  'writes into a bare repository and into one with SHA-256 names',
  inFolder(async (folder) => {
    const bare = await createRepository(path.join(folder, 'bare'), { bare: true })
    assert.is((await write(await open(bare.folder), null, { a: '1' })).length, 40)
    const modern = await createRepository(path.join(folder, 'new'), { objectFormat: 'sha256' })
    const base = await modern.commit('Begin', { a: '1' })
    const hash = await write(await open(modern.folder), base, { a: '2' })
    assert.is(hash.length, 64)
    assert.is(await modern.git('show', `${hash}:a`), '2')
  }),
)

test(
  'keeps the mode of a file that exists',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    await commit('Begin', { script: '1', plain: '1' })
    await git('update-index', '--chmod=+x', 'script')
    await git('commit', '--quiet', '-m', 'Executable')
    const base = await git('rev-parse', 'HEAD')
    const hash = await write(await open(folder), base, { script: '2', plain: '2' })
    assert.is(
      await git('ls-tree', '--format=%(objectmode) %(path)', hash),
      '100644 plain\n100755 script',
    )
  }),
)

test(
  'says what is in the way of a file',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    await symlink('/tmp', path.join(folder, 'link'))
    const base = await commit('Begin', { file: '1', 'folder/x': '1' })
    const repository = await open(folder)
    const blockers: [FileMap, string][] = [
      [{ 'file/x': '' }, 'file is a file'],
      [{ folder: '' }, 'folder is a folder'],
      [{ link: '' }, 'link is a symbolic link'],
      [{ 'link/x': '' }, 'link is a symbolic link'],
      [{ n: '', 'n/m': '' }, 'n is a file'],
      [{ 'n/m': '', n: '' }, 'n is a file'],
    ]
    for (const [files, words] of blockers) {
      const writing = write(repository, base, files as Record<string, string>)
      assert.match((await failureOf(writing, 'DM_GIT_PATH_BLOCKED')).message, words)
    }
    // The same beforehand, and nothing where there are folders, or nothing yet.
    for (const file of ['file/x', 'file/x/y', 'link/x/y']) {
      await failureOf(verifyPathUnblocked(repository, base, file), 'DM_GIT_PATH_BLOCKED')
    }
    for (const file of ['x', 'folder/x', 'folder/n/m', 'n/m']) {
      await verifyPathUnblocked(repository, base, file)
    }
  }),
)

test(
  'refuses paths outside the data repository',
  inFolder(async (folder) => {
    const { commit } = await createRepository(folder)
    const base = await commit('Begin', { 'sub/a': '1' })
    const repository = await open(path.join(folder, 'sub'))
    for (const bad of ['../a', '/a', '.git/hooks/x', '.GIT/config', 'a\0b', 'a\nb', '']) {
      await failureOf(write(repository, base, { [bad]: 'x' }), 'DM_GIT_BAD_PATH')
    }
    await failureOf(write(repository, 'HEAD', { a: 'x' }), 'DM_GIT_BAD_COMMIT')
  }),
)

test(
  'keeps names that are no text, links and submodules, and removes a folder with its last file',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const name = Buffer.from('x/caf\xe9 \t"', 'latin1')
    await mkdir(path.join(folder, 'x'))
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), '1')
    await symlink('a', path.join(folder, 'x', 'link'))
    const first = await commit('Begin', { 'x/a': '1', 'gone/deep/a': '1' })
    await git('update-index', '--add', '--cacheinfo', `160000,${first},x/module`)
    await git('commit', '--quiet', '-m', 'Module')
    const base = await git('rev-parse', 'HEAD')
    const hash = await write(await open(folder), base, { 'x/a': '2', 'gone/deep/a': null })
    const raw = await git('diff-tree', '-r', '--name-status', base, hash)
    assert.is(raw, 'D\tgone/deep/a\nM\tx/a')
    assert.is(await git('ls-tree', '--name-only', hash), 'x')
  }),
)

test(
  'needs nothing that a partial clone has not fetched, and leaves only objects behind',
  inFolder(async (folder) => {
    const remote = await createRepository(path.join(folder, 'remote'))
    await remote.git('config', 'uploadpack.allowFilter', 'true')
    const base = await remote.commit('Begin', { a: '1', b: '1' })
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--filter=blob:none',
      '--no-checkout',
    ])
    const repository = await open(clone.folder)
    await rm(remote.folder, { recursive: true })
    const before = await readdir(path.join(clone.folder, '.git'))
    await write(repository, base, { a: '2' })
    assert.equal(await readdir(path.join(clone.folder, '.git')), before)
  }),
)

test(
  'takes the date that it is given, and a message of any characters',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    await git('config', 'i18n.commitEncoding', 'latin1')
    const message = '-m "Äü" $(x)\n\n# no comment'
    const date = new Date('2026-01-02T03:04:05Z')
    const commit = { parents: [], files: filesOf({ a: '1' }), message, date }
    const hash = await writeCommit(await open(folder), commit)
    assert.is(await git('log', '-1', '--format=%at %ct', hash), '1767323045 1767323045')
    assert.is(await git('log', '-1', '--encoding=UTF-8', '--format=%B', hash), `${message}\n`)
    for (const same of [commit, { ...commit, message: `${message}\n` }])
      assert.is(await writeCommit(await open(folder), same), hash)
  }),
)

test.run()
