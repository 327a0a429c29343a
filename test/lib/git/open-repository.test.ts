import { chown, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openRepository } from '../../../lib/git/repository.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
} from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('openRepository')

test(
  'finds a repository without a remote and without a commit',
  inFolder(async (folder) => {
    await createRepository(folder)
    const repository = await open(folder)
    assert.is(repository.root, folder)
    assert.is(repository.gitDir, path.join(folder, '.git'))
    assert.is(repository.commonDir, path.join(folder, '.git'))
    assert.is(repository.prefix, '')
    assert.is(repository.remote, null)
    assert.is(repository.isBare, false)
  }),
)

test(
  'knows where the data repository lies inside git’s, spaces and umlauts included',
  inFolder(async (folder) => {
    const root = path.join(folder, 'mein Örtchen')
    await createRepository(root)
    await mkdir(path.join(root, 'a b', 'ü'), { recursive: true })
    const repository = await open(path.join(root, 'a b', 'ü'))
    assert.is(repository.root, root)
    assert.is(repository.prefix, 'a b/ü/')
  }),
)

test(
  'finds the shared git folder from a linked work tree',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(path.join(folder, 'main'))
    await commit('Begin')
    await git('worktree', 'add', '--quiet', '../linked')
    const repository = await open(path.join(folder, 'linked'))
    assert.is(repository.root, path.join(folder, 'linked'))
    assert.is(repository.commonDir, path.join(folder, 'main', '.git'))
    assert.is(repository.gitDir, path.join(folder, 'main', '.git', 'worktrees', 'linked'))
  }),
)

test(
  'opens a bare repository',
  inFolder(async (folder) => {
    await createRepository(folder, { bare: true })
    const repository = await open(folder)
    assert.is(repository.isBare, true)
    assert.is(repository.root, folder)
  }),
)

test(
  'says that a folder is in no repository, and how to make one',
  inFolder(async (folder) => {
    for (const cwd of [folder, path.join(folder, 'no-such')]) {
      const error = await failureOf(open(cwd), 'DM_GIT_NO_REPOSITORY')
      assert.is(error.exit, 2)
      assert.match(error.message, cwd)
      assert.match(error.hint, 'dm init')
    }
  }),
)

test(
  'does not take the inside of a git folder for a repository',
  inFolder(async (folder) => {
    await createRepository(folder)
    await failureOf(open(path.join(folder, '.git')), 'DM_GIT_NO_REPOSITORY')
  }),
)

test(
  'names the remedy where git refuses the folder of another user',
  inFolder(async (folder) => {
    const root = path.join(folder, 'foreign')
    await createRepository(root)
    // Only root can give a folder to somebody else.
    if (process.getuid?.() !== 0) return
    await chown(root, 12_345, 12_345)
    await chown(path.join(root, '.git'), 12_345, 12_345)
    const error = await failureOf(open(root), 'DM_GIT_UNSAFE_DIRECTORY')
    assert.match(error.hint, `safe.directory ${root}`)
  }),
)

test(
  'uses the configured remote and keeps its URL',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: 'a' })
    const repository = await open(work.folder)
    assert.is(repository.remote, 'origin')
    assert.is(repository.remoteUrl, remote.folder)
  }),
)

test(
  'lists the remotes where the configured one is not among them',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    await git('remote', 'add', 'up.stream', 'https://host/a/b')
    await git('remote', 'add', 'Fork', 'https://host/c/b')
    const error = await failureOf(open(folder), 'DM_GIT_UNKNOWN_REMOTE')
    assert.is(error.exit, 2)
    assert.equal(error.context.remotes, ['up.stream', 'Fork'])
  }),
)

test(
  'takes a remote section without a URL for no remote',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    await git('config', 'remote.other.prune', 'true')
    assert.is((await open(folder)).remote, null)
  }),
)

test(
  'refuses a base that cannot be a branch',
  inFolder(async (folder) => {
    await createRepository(folder)
    for (const base of ['', '-x', 'a..b', 'a b', 'HEAD', 'x.lock', 'a:b', 'a\0b']) {
      await failureOf(open(folder, { base }), 'DM_GIT_BAD_NAME')
    }
  }),
)

test(
  'bounds ssh unless the user has chosen an ssh command',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    assert.match((await open(folder)).env['GIT_SSH_COMMAND'] ?? '', 'ConnectTimeout')
    const chosen = await open(folder, { env: { GIT_SSH_COMMAND: 'ssh -i key' } })
    assert.is(chosen.env['GIT_SSH_COMMAND'], 'ssh -i key')
    await git('config', 'core.sshCommand', 'ssh -i other')
    assert.is((await open(folder)).env['GIT_SSH_COMMAND'], undefined)
  }),
)

test(
  'opens a clone whose objects have SHA-256 names',
  inFolder(async (folder) => {
    const { commit } = await createRepository(path.join(folder, 'a'), { objectFormat: 'sha256' })
    await commit('Begin')
    const clone = await cloneRepository(path.join(folder, 'a'), path.join(folder, 'b'))
    assert.is((await open(clone.folder)).remote, 'origin')
  }),
)

test(
  'stops at an aborted signal',
  inFolder(async (folder) => {
    await createRepository(folder)
    const reason = new Error('enough')
    const options = { cwd: folder, env: gitTestEnvironment, remote: 'origin', base: 'main' }
    const opened = openRepository({ ...options, signal: AbortSignal.abort(reason) })
    assert.is(await opened.catch((error: unknown) => error), reason)
  }),
)

test.run()
