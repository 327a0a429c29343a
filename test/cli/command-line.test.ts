import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase, sqlite } from '../helpers/databases.ts'
import { dm } from '../helpers/dm.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { gitHttpServer } from '../helpers/git-http-server.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { gitTestEnvironment } from '../helpers/git-test-environment.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { fakeIo } from '../lib/cli/fake-io.ts'
import { main } from '../../lib/cli/main.ts'
import { buildProgram } from '../../lib/cli/program.ts'
import { catalog } from '../../tasks/index.ts'

const test = suite('the command line')
const program = path.join(import.meta.dirname, '../../lib/cli/bin.cjs')

test('--version prints the version of the package', async () => {
  const text = await readFile(path.join(import.meta.dirname, '../../package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  const run = await dm('/', ['--version'])
  assert.equal([run.exit, run.stdout], [0, `${version}\n`])
})

test('a Node that is too old gets one sentence', async () => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' }); require(${JSON.stringify(program)})`
  const failed = await promisify(execFile)(process.execPath, ['-e', old]).catch(
    (error: { code: number; stderr: string }) => error,
  )
  assert.is('code' in failed && failed.code, 2)
  assert.match(failed.stderr, /^dm needs Node\.js 24 or newer; this is 20\.19\.0\..*\n$/)
})

test('every command has help with an example, on stdout', async () => {
  for (const name of catalog.names) {
    const run = await runHere('/', [name, '--help'])
    assert.is(run.exit, 0)
    assert.match(run.stdout, `Usage: dm ${name}`)
    assert.match(run.stdout, `$ dm ${name}`)
  }
  const all = await runHere('/', ['help'])
  const own = await runHere('/', ['help', 'help'])
  assert.equal([own.exit, own.stdout, own.stderr], [0, all.stdout, ''])
  for (const name of catalog.names) assert.match(all.stdout, new RegExp(`^  ${name}\\b`, 'm'))
})

test('on a narrow terminal, help breaks at spaces, and an example is one line to copy', async () => {
  let text = ''
  const output = { write: (part: string) => void (text += part), columns: 60 }
  const all = await catalog.all()
  for (const words of [['--help'], ...catalog.names.map((name) => [name, '--help'])]) {
    const parser = buildProgram(all, '1.2.3', output, () => {})
    assert.throws(() => parser.parse(words, { from: 'user' }), /outputHelp/)
  }
  assert.ok(text.split('Options of every command:').length === catalog.names.length + 1)
  assert.equal(
    text.split('\n').filter((line) => line.length > 60),
    [],
  )
})

test('a failure is told on a narrow terminal in lines that break at spaces', async () => {
  const { io, stderr } = fakeIo({ isTTY: true, columns: 40, cwd: '/' })
  assert.is(await main(['list'], io, catalog, new Promise<never>(() => {})), 2)
  const lines = stripVTControlCharacters(stderr()).split('\n')
  assert.ok(lines.length > 4 && lines.every((line) => line.length <= 40), stderr())
})

test('what is mistyped gets a guess, and 2', async () => {
  const guesses = [
    [['publsh'], 'publish'],
    [['help', 'pul'], 'pull'],
    [['list', '--jsno'], '--json'],
    [['graph', 'list', '--format', 'dot'], 'mermaid'],
  ] as const
  for (const [args, guess] of guesses) {
    const run = await runHere('/', args)
    assert.is(run.exit, 2)
    assert.match(run.stderr, guess)
    assert.is(run.stdout, '')
  }
})

test('no command, without a terminal, is help and 2', async () => {
  const run = await runHere('/', [])
  assert.is(run.exit, 2)
  assert.match(run.stderr, 'Usage: dm')
})

test('the global options are taken before and after the command', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    for (const args of [
      ['-C', work.folder, '--json', 'list'],
      ['list', '-C', work.folder, '--json'],
    ]) {
      const run = await runHere('/', args)
      const { asOf, ...fields } = run.json()
      assert.equal(fields, { ok: true, command: 'list', datasets: [] })
      assert.is(typeof asOf, 'string')
    }
  }))

test('progress goes to stderr as plain lines, and -q leaves it out', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const args = ['prepare', 'model.sqlite', file]
    const loud = await runHere(work.folder, args)
    assert.match(loud.stderr, '✔ Upload to staging\n')
    assert.match(
      loud.stderr,
      '- Look for a merged version with the same bytes: it is a new version',
    )
    const quiet = await runHere(work.folder, [...args, '-q'])
    assert.is(quiet.stderr, '')
    assert.match(quiet.stdout, 'Already prepared')
    assert.is(loud.stdout.includes('\u001b'), false)
  }))

test('a reader that goes away does not stop what dm does', () =>
  inFolder(async (folder) => {
    const { work, remote } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const child = spawn(process.execPath, [program, 'prepare', 'model.sqlite', file], {
      cwd: work.folder,
      env: gitTestEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.destroy()
    child.stderr.destroy()
    const [exit] = (await once(child, 'exit')) as [number]
    assert.is(exit, 0)
    assert.is(await remote.git('rev-list', '--count', 'main..data/model-v1'), '1')
  }))

test('no secret is printed: of a URL, of the environment, raw or encoded', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const secret = 'pass word/of+ours'
    const server = await gitHttpServer(folder, { credentials: 'nobody:else' })
    try {
      const url = server.url('remote.git').replace('//', `//ada:${encodeURIComponent(secret)}@`)
      await work.git('remote', 'set-url', 'origin', url)
      const env = { R2_SECRET_ACCESS_KEY: secret }
      for (const args of [['publish'], ['publish', '-v'], ['publish', '--json', '-v']]) {
        const run = await runHere(work.folder, args, env)
        assert.is(run.exit, 1)
        const output = run.stdout + run.stderr
        assert.match(output, 'DM_GIT_REMOTE_UNREACHABLE')
        assert.not.match(output, secret)
        assert.not.match(output, encodeURIComponent(secret))
      }
    } finally {
      await server.close()
    }
  }))

test('no stack trace without -v; with it, the cause', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder, {
      'manifest.json': '[]\n',
      'datamanager.config.ts': 'throw new Error("no luck")',
    })
    assert.not.match((await runHere(work.folder, ['list'])).stderr, '    at ')
    assert.match((await runHere(work.folder, ['list', '-v'])).stderr, '    at ')
  }))

test('SIGTERM ends in good order with 143, SIGINT with 130', () =>
  inFolder(async (folder) => {
    const { work, remote } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder, 'large.sqlite', 300_000)
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      const run = await dm(work.folder, ['prepare', 'model.sqlite', file], {
        onStart: (child) =>
          child.stderr?.on('data', (text: Buffer) => {
            if (text.includes('Check the name')) child.kill(signal)
          }),
      })
      assert.is(run.exit, code)
      assert.match(run.stderr, 'DM_INTERRUPTED')
      assert.match(run.stderr, 'Not done: ')
      assert.is(await remote.git('for-each-ref', 'refs/heads/data'), '')
    }
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
  }))

test('a team’s step runs, can be declared in the config, and shows in the graph', () =>
  inFolder(async (folder) => {
    const config = `
      import { defineConfig, defineStep, DmError } from '@openenergyoutlook/datamanager'
      const limit = defineStep({
        id: 'limit-rows', title: 'Limit the rows', needs: ['inspection'], provides: [],
        run({ inspection }) {
          const rows = inspection.tables.reduce((sum, table) => sum + (table.rows ?? 0), 0)
          if (rows < 100) return {}
          throw new DmError('DM_STEP_REFUSED', {
            step: 'limit-rows', problem: rows + ' rows are too many', remedy: 'Take fewer.',
          })
        },
      })
      export default defineConfig({
        pipelines: { prepare: (graph) => graph.after('inspect-database', limit) },
      })`
    const { work } = await createDataRepository(folder, {
      'manifest.json': '[]\n',
      'datamanager.config.ts': config,
    })
    assert.match(
      (await runHere(work.folder, ['graph', 'prepare'])).stdout,
      'limit-rows: Limit the rows',
    )
    const file = await createTemoaDatabase(folder, 'large.sqlite', 1000)
    const refused = { exit: 3, code: 'DM_STEP_REFUSED' }
    const { hint } = await dmFailure(work.folder, ['prepare', 'a.sqlite', file], refused)
    assert.is(hint, 'Take fewer.')
    const small = await createTemoaDatabase(folder, 'small.sqlite', 10)
    await dmJson(work.folder, ['prepare', 'a.sqlite', small])
  }))

test('the project’s own config refuses what is no Temoa database', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n' })
    await sqlite(path.join(folder, 'other.sqlite'), 'CREATE TABLE t(a)')
    const own = path.join(import.meta.dirname, '../../datamanager.config.ts')
    const prepare = ['prepare', 'a.sqlite', '../other.sqlite', '--config', own]
    await dmFailure(work.folder, prepare, { exit: 3, code: 'DM_STEP_REFUSED' })
    const temoa = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'a.sqlite', temoa, '--config', own])
  }))

test.run()
