import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gitEnvironment } from '../../../lib/git/git-environment.ts'
import { gitLines, readGit, readGitText } from '../../../lib/git/read-git.ts'
import { type GitPlace, runGit } from '../../../lib/git/run-git.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { failureOf, inFolder } from './sandbox.ts'

const test = suite('runGit')

const placeOf = (cwd: string, env: Record<string, string> = {}): GitPlace => ({
  cwd,
  env: gitEnvironment({ ...gitTestEnvironment, ...env }),
})

/** An alias that tells its process id and then takes a minute. */
const slow = ['-c', 'alias.slow=!echo $$ >pid; exec sleep 60', 'slow']

async function pidIn(folder: string): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readFile(path.join(folder, 'pid'), 'utf8').catch(() => '')
    if (text.endsWith('\n')) return Number(text)
    await sleep(20)
  }
  throw new Error('the alias did not start')
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function hasEnded(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isRunning(pid); tries++) await sleep(20)
  return !isRunning(pid)
}

test(
  'gives back bytes as they are',
  inFolder(async (folder) => {
    await createRepository(folder)
    const bytes = Buffer.from([0, 1, 255, 254, 13, 10, 0xc3, 0x28])
    const args = ['hash-object', '-w', '--stdin']
    const hash = await readGitText(placeOf(folder), args, { input: bytes })
    assert.equal(await readGit(placeOf(folder), ['cat-file', 'blob', hash]), bytes)
  }),
)

test(
  'passes every argument as one word, whatever is in it',
  inFolder(async (folder) => {
    await createRepository(folder)
    for (const word of ["a'b", '$(touch x)', '`id`', 'a b', '*', 'ü\n"\\', "''", '-x;y&z|']) {
      const args = ['config', '--default', word, '--get', 'no.such']
      assert.is(await readGitText(placeOf(folder), args), word)
    }
  }),
)

test(
  'kills a command and what it has started when the signal aborts, and throws its reason',
  inFolder(async (folder) => {
    await createRepository(folder)
    const controller = new AbortController()
    const running = runGit(placeOf(folder), slow, { signal: controller.signal })
    const ended = running.then(
      () => null,
      (error: unknown) => error,
    )
    const pid = await pidIn(folder)
    const reason = new Error('enough')
    controller.abort(reason)
    assert.is(await ended, reason)
    assert.ok(await hasEnded(pid))
  }),
)

test(
  'starts nothing once the signal has aborted',
  inFolder(async (folder) => {
    await createRepository(folder)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    const error = await runGit(placeOf(folder), slow, { signal }).catch((thrown: unknown) => thrown)
    assert.is(error, reason)
    assert.is(await readFile(path.join(folder, 'pid'), 'utf8').catch(() => 'none'), 'none')
  }),
)

test(
  'kills a command that takes longer than its timeout',
  inFolder(async (folder) => {
    await createRepository(folder)
    const { code } = await runGit(placeOf(folder), slow, { timeoutMs: 300 })
    assert.is.not(code, 0)
    assert.ok(await hasEnded(await pidIn(folder)))
  }),
)

test(
  'kills what does not end when it is asked to',
  inFolder(async (folder) => {
    await createRepository(folder)
    const deaf = ['-c', `alias.deaf=!trap '' TERM; echo $$ >pid; exec sleep 60`, 'deaf']
    const began = performance.now()
    const { code } = await runGit(placeOf(folder), deaf, { timeoutMs: 200 })
    assert.ok(performance.now() - began < 30_000)
    assert.is(code, null)
    assert.ok(await hasEnded(await pidIn(folder)))
  }),
)

test(
  'lets a git alone that has ended',
  inFolder(async (folder) => {
    await createRepository(folder)
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const lines = await Array.fromAsync(gitLines(placeOf(folder), ['config', '--list']))
    assert.ok(lines.flat().includes('user.name=Ada Test'))
    assert.is(timers(), before)
  }),
)

test(
  'runs in a session of its own, where Ctrl+C of the terminal does not reach it',
  inFolder(async (folder) => {
    await createRepository(folder)
    const sessionOf = (pid: string): Promise<string> =>
      readGitText(placeOf(folder), ['-c', `alias.s=!ps -o sid= -p ${pid}`, 's'])
    const session = await sessionOf('$$')
    const ours = await sessionOf(String(process.pid))
    assert.match(session, /\d/)
    assert.match(ours, /\d/)
    assert.is.not(session.trim(), ours.trim())
  }),
)

test(
  'does not wait for what git leaves behind with its output open',
  inFolder(async (folder) => {
    await createRepository(folder)
    const words = 'echo out; echo err >&2; setsid sleep 60 & echo $! >pid'
    const began = performance.now()
    const outcome = await runGit(placeOf(folder), ['-c', `alias.leave=!${words}`, 'leave'])
    assert.ok(performance.now() - began < 30_000)
    assert.equal(outcome, { code: 0, stdout: Buffer.from('out\n'), stderr: 'err' })
    const pid = await pidIn(folder)
    assert.ok(isRunning(pid))
    process.kill(pid)
  }),
)

test(
  'gives all that a command prints, and of its words the last',
  inFolder(async (folder) => {
    await createRepository(folder)
    const lines = 'seq 1 200000; seq 1 200000 >&2; echo http://ada:s3cret@host/x >&2'
    const { stdout, stderr } = await runGit(placeOf(folder), ['-c', `alias.say=!${lines}`, 'say'])
    assert.is(stdout.toString().split('\n').length, 200_001)
    assert.ok(stderr.length > 4000 && stderr.length < 10_000)
    assert.ok(stderr.endsWith('\n199999\n200000\nhttp://***@host/x'))
  }),
)

test(
  'does not give out the rest of a password whose beginning is cut off',
  inFolder(async (folder) => {
    await createRepository(folder)
    const password = `$(printf '%09000d' 7)s3cret`
    const line = `echo words http://ada:${password}@host/x 'and more' >&2`
    const { stderr } = await runGit(placeOf(folder), ['-c', `alias.say=!${line}`, 'say'])
    assert.is(stderr, 'and more')
  }),
)

test(
  'says that the folder is gone',
  inFolder(async (folder) => {
    const gone = path.join(folder, 'gone')
    const error = await failureOf(runGit(placeOf(gone), ['version']), 'DM_GIT_NO_REPOSITORY')
    assert.is(error.context.folder, gone)
  }),
)

test(
  'says that git is missing',
  inFolder(async (folder) => {
    const error = await failureOf(
      runGit({ cwd: folder, env: { PATH: folder } }, ['version']),
      'DM_GIT_MISSING',
    )
    assert.match(error.hint, 'Install git')
  }),
)

test(
  'survives a git that ends before it has read its input',
  inFolder(async (folder) => {
    await createRepository(folder)
    const input = Buffer.alloc(4 * 1024 * 1024, 'x')
    const { code } = await runGit(placeOf(folder), ['cat-file', '--no-such-option'], { input })
    assert.is(code, 129)
  }),
)

test(
  'does not let inherited variables point git at another repository',
  inFolder(async (folder) => {
    const here = await createRepository(path.join(folder, 'here'))
    const there = await createRepository(path.join(folder, 'there'))
    const env = {
      GIT_DIR: path.join(there.folder, '.git'),
      GIT_WORK_TREE: there.folder,
      GIT_INDEX_FILE: path.join(folder, 'other-index'),
      GIT_OBJECT_DIRECTORY: path.join(folder, 'objects'),
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
    }
    const args = ['rev-parse', '--show-toplevel']
    assert.is(await readGitText(placeOf(here.folder, env), args), here.folder)
    await here.write({ file: 'x' })
    await readGit(placeOf(here.folder, env), ['add', 'file'])
    assert.is(await here.git('ls-files'), 'file')
  }),
)

test(
  'keeps the configuration that a CI system hands over in variables',
  inFolder(async (folder) => {
    await createRepository(folder)
    const env = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraheader',
      GIT_CONFIG_VALUE_0: 'X: 1',
    }
    const args = ['config', '--get', 'http.extraheader']
    assert.is(await readGitText(placeOf(folder, env), args), 'X: 1')
  }),
)

test(
  'runs no hook',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    const hooks = path.join(folder, 'own-hooks')
    await git('config', 'core.hooksPath', hooks)
    for (const hooksFolder of [hooks, path.join(folder, '.git', 'hooks')]) {
      await writeHook(path.join(hooksFolder, 'reference-transaction'), folder)
    }
    const input = Buffer.alloc(0)
    const tree = await readGitText(placeOf(folder), ['mktree'], { input })
    const commit = await readGitText(placeOf(folder), ['commit-tree', '-m', 'x', tree])
    await readGit(placeOf(folder), ['update-ref', 'refs/heads/x', commit])
    assert.is(await readFile(path.join(folder, 'hook-ran'), 'utf8').catch(() => 'no'), 'no')
    // The same hook does run for the user.
    await git('update-ref', 'refs/heads/y', commit)
    assert.is(await readFile(path.join(folder, 'hook-ran'), 'utf8').catch(() => 'no'), 'yes\n')
  }),
)

async function writeHook(file: string, folder: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\necho yes >'${folder}/hook-ran'\n`, { mode: 0o755 })
}

test(
  'fails with the words of git, without the credentials in URLs',
  inFolder(async (folder) => {
    await createRepository(folder)
    const url = 'http://ada:s3cret@127.0.0.1:1/x.git'
    const error = await failureOf(readGit(placeOf(folder), ['ls-remote', url]), 'DM_GIT_FAILED')
    assert.match(error.message, 'ls-remote')
    assert.not.match(error.message, 's3cret')
  }),
)

test.run()
