import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dm } from '../helpers/dm.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('what dm prints, and where')
const program = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

/** Runs dm with stdout or stderr on a file; the text of the other one. */
async function dmInto(
  file: string,
  stream: 'stdout' | 'stderr',
  cwd: string,
  args: readonly string[],
): Promise<{ exit: number; other: string }> {
  const handle = await open(file, 'w')
  const stdio = stream === 'stdout' ? ['ignore', handle.fd, 'pipe'] : ['ignore', 'pipe', handle.fd]
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: gitTestEnvironment,
    stdio: stdio as ['ignore', 'pipe', 'pipe'],
  })
  let other = ''
  const readable = stream === 'stdout' ? child.stderr : child.stdout
  readable.on('data', (chunk: Buffer) => (other += chunk.toString()))
  const [exit] = (await once(child, 'close')) as [number]
  await handle.close()
  return { exit, other }
}

/** Its stderr is a terminal that is closed at once: writing to it fails with EIO. */
const onClosedTerminal = `
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stderr=slave)
os.close(slave)
os.close(master)
sys.exit(child.wait())`

test('progress that cannot be shown does not stop the work', () =>
  inFolder(async (folder) => {
    const { work, remote } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const prepare = ['prepare', 'a.sqlite', file, '--json']
    const full = await dmInto('/dev/full', 'stderr', work.folder, prepare)
    assert.is(full.exit, 0)
    assert.is((JSON.parse(full.other) as { changed: boolean }).changed, true)
    const child = spawn(
      'python3',
      ['-c', onClosedTerminal, process.execPath, program, 'prepare', 'b.sqlite', file],
      { cwd: work.folder, env: gitTestEnvironment, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const [exit] = (await once(child, 'close')) as [number]
    assert.is(exit, 0)
    const branches = await remote.git(
      'for-each-ref',
      '--format=%(refname:short)',
      'refs/heads/data',
    )
    assert.is(branches, 'data/a-v1\ndata/b-v1')
  }))

test('a result that cannot be printed is one line on stderr, and 1', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    for (const args of [['list'], ['list', '--json'], ['--help'], ['list', '-v']]) {
      const { exit, other } = await dmInto('/dev/full', 'stdout', work.folder, args)
      assert.is(exit, 1, args.join(' '))
      assert.match(
        other,
        /The result could not be written to stdout: .*ENOSPC.*\[DM_OUTPUT_LOST\]\n/,
      )
      assert.not.match(other, '    at ')
    }
    const version = await dmInto('/dev/full', 'stdout', work.folder, ['--version'])
    assert.equal(version, { exit: 1, other: 'dm: the version cannot be written: ENOSPC\n' })
    const failed = await dmInto('/dev/full', 'stdout', work.folder, ['pull', 'none', '--json'])
    assert.is(failed.exit, 2)
  }))

test('what a config and its steps print goes to stderr, and what they keep open ends with dm', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder, {
      'manifest.json': '[]\n',
      'datamanager.config.mjs': `
        import { defineStep } from '@openenergyoutlook/datamanager'
        console.log('the config says')
        process.stdout.write('hello')
        setInterval(() => {}, 1000)
        const loud = defineStep({ id: 'loud', title: 'Say', needs: [], provides: [], run() {
          console.log('so does a step')
          return {}
        } })
        export default { pipelines: { list: (g) => g.before('list-datasets', loud) } }`,
    })
    const run = await dm(work.folder, ['list', '--json'])
    assert.is(run.exit, 0)
    assert.is(run.json()['command'], 'list')
    assert.match(run.stderr, /the config says\nhello.*so does a step\n/s)
  }))

test('a run that can never end is a failure, with a document', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder, {
      'manifest.json': '[]\n',
      'datamanager.config.mjs': `
        import { defineStep } from '@openenergyoutlook/datamanager'
        const stalls = defineStep({ id: 'stalls', title: 'Stall', needs: [], provides: [],
          run: () => new Promise(() => {}) })
        export default { pipelines: { publish: (g) => g.before('plan-publication', stalls) } }`,
    })
    const run = await dm(work.folder, ['publish', '--json'])
    assert.is(run.exit, 1)
    assert.is((run.json()['error'] as { code: string }).code, 'DM_STALLED')
    assert.match(run.stderr, 'waits for something that will never happen')
  }))

test('--verbose is -v, also before anything is parsed', async () => {
  const [short, long, none] = await Promise.all(
    ['-v', '--verbose', '--quiet'].map((word) => runHere('/', ['prepare', word])),
  )
  assert.match(short?.stderr ?? '', '    at ')
  assert.match(long?.stderr ?? '', '    at ')
  assert.not.match(none?.stderr ?? '', '    at ')
})

test('redaction leaves the JSON document whole: names of fields and numbers stay', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const { size } = await stat(file)
    const env = {
      SORT_KEY: 'version',
      A_TOKEN: String(size),
      B_TOKEN: 'data/x',
      DB_PASSWORD: '":"',
    }
    const fields = await dmJson(work.folder, ['prepare', 'x.sqlite', file], { env })
    assert.equal(
      [fields['version'], fields['bytes'], fields['branch']],
      ['v1', size, '[hidden]-v1'],
    )
  }))

test('nothing that comes from elsewhere steers the terminal', () =>
  inFolder(async (folder) => {
    const hostile = 'x\u001b[2J\u009b1m\u202ey'
    const { work, remote, edit, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    await edit((manifest) => {
      for (const { history } of manifest) for (const entry of history) entry['note'] = hostile
    })
    await work.git('fetch', '--quiet')
    const hook = path.join(remote.folder, 'hooks/pre-receive')
    await writeFile(hook, `#!/bin/sh\nprintf '${hostile}\\nno' >&2\nexit 1\n`, { mode: 0o755 })
    const other = await createTemoaDatabase(folder, 'other.sqlite', 20)
    for (const args of [['list'], ['prepare', 'model.sqlite', other], ['list', hostile]]) {
      for (const more of [['-v'], ['--json']]) {
        const { stdout, stderr } = await runHere(work.folder, [...args, ...more])
        assert.match(stdout + stderr, '\\u001b[2J', [...args, ...more].join(' '))
        for (const one of ['\u001b', '\u009b', '\u202e']) assert.not.match(stdout + stderr, one)
      }
    }
    const { datasets } = await dmJson(work.folder, ['list'])
    assert.is((datasets as { latest: { note: string } }[])[0]?.latest.note, hostile)
  }))

test('a token in the query of a remote is not printed', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    await work.git('remote', 'set-url', 'origin', 'http://127.0.0.1:1/x.git?private_token=s3cr3t')
    for (const args of [
      ['publish', '-v'],
      ['publish', '--json'],
    ]) {
      const { exit, stdout, stderr } = await runHere(work.folder, args)
      assert.is(exit, 1)
      assert.match(stderr, 'DM_GIT_REMOTE_UNREACHABLE')
      assert.not.match(stdout + stderr, 's3cr3t')
    }
  }))

test('compiled code is kept only where nobody else can put something in its place', () =>
  inFolder(async (folder) => {
    const home = path.join(folder, 'home')
    await mkdir(home)
    const run = (env: Record<string, string>): Promise<unknown> =>
      dm(folder, ['help', 'list'], { env: { NODE_COMPILE_CACHE: '', ...env } })
    await run({ HOME: home })
    const own = path.join(home, '.cache/datamanager')
    assert.is((await stat(own)).mode & 0o777, 0o700)
    assert.equal(await readdir(own), ['compiled'])
    const elsewhere = path.join(folder, 'elsewhere')
    await mkdir(path.join(elsewhere, 'datamanager'), { recursive: true })
    await chmod(path.join(elsewhere, 'datamanager'), 0o777)
    await run({ HOME: home, XDG_CACHE_HOME: elsewhere })
    assert.equal(await readdir(path.join(elsewhere, 'datamanager')), [])
    await run({ HOME: path.join(folder, 'none') })
    assert.not.ok((await readdir(folder)).includes('none'))
    assert.match(await readFile(program, 'utf8'), 'enableCompileCache(cache)')
  }))

test.run()
