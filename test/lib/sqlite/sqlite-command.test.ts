import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quickCheck } from '../../../lib/sqlite/quick-check.ts'
import { runSqlite } from '../../../lib/sqlite/run-sqlite.ts'
import { createTemoaDatabase } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { runInNode } from '../../helpers/run-in-node.ts'

const test = suite('lib/sqlite/run-sqlite: the sqlite3 command')

/** How a query ends in a process with that environment. */
async function query(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<{ output?: string; code?: string; hint?: string; exit?: number; message?: string }> {
  const source = `
    import { runSqlite } from './lib/sqlite/run-sqlite.ts'
    const ended = await runSqlite(process.env.DATABASE, ['SELECT region FROM Region'], { env: process.env }).then(
      (output) => ({ output }),
      ({ code, hint, exit, message }) => ({ code, hint, exit, message }),
    )
    console.log(JSON.stringify(ended))`
  return JSON.parse(await runInNode(source, { env: { ...env, DATABASE: file } }))
}

/** A folder with a program called sqlite3 in it. */
async function fakeSqlite(folder: string, script: string): Promise<string> {
  const bin = path.join(folder, 'bin')
  await mkdir(bin)
  await writeFile(path.join(bin, 'sqlite3'), `#!/bin/sh\n${script}\n`)
  await chmod(path.join(bin, 'sqlite3'), 0o755)
  return bin
}

test('where there is no sqlite3, the failure says how to install it', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const empty = path.join(folder, 'empty')
    await mkdir(empty)
    const { code, exit, hint, message } = await query(file, { PATH: empty })
    assert.equal([code, exit], ['DM_SQLITE_MISSING', 1])
    assert.match(message ?? '', 'PATH')
    for (const how of ['apt install sqlite3', 'brew install', 'winget install']) {
      assert.match(hint ?? '', how)
    }
  }))

test('a sqlite3 that is too old is told with its version', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const script = `[ "$1" = -version ] && { echo '3.31.1 2020-01-27'; exit 0; }
      echo 'sqlite3: Error: unknown option: -safe' >&2; exit 1`
    const { code, message } = await query(file, { PATH: await fakeSqlite(folder, script) })
    assert.is(code, 'DM_SQLITE_TOO_OLD')
    assert.match(message ?? '', '3.31.1')
  }))

test(`the settings of the user's own sqlite3 are not read`, () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const home = path.join(folder, 'home')
    await mkdir(home)
    await writeFile(
      path.join(home, '.sqliterc'),
      `.shell touch '${home}/ran'\n.headers on\n.mode json\n`,
    )
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: home }
    assert.is((await query(file, env)).output, 'north\nsouth\n')
    assert.equal(await readdir(home), ['.sqliterc'])
  }))

test('what keeps a hostile database and the own settings out is asked for in every call', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const PATH = await fakeSqlite(folder, `printf '%s\\n' "$@"`)
    const { output = '' } = await query(file, { PATH })
    const words = output.split('\n')
    const before = words.slice(0, words.indexOf(file)).join(' ')
    const asked = ['-safe', '-init /dev/null', '-readonly', '-bail', 'trusted_schema=OFF']
    for (const word of [...asked, 'cell_size_check=ON']) assert.match(before, word)
    assert.equal(words.slice(words.indexOf(file)), [file, 'SELECT region FROM Region', ''])
  }))

test('a check that says nothing has not passed', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const env = { PATH: await fakeSqlite(folder, 'exit 0') }
    const { message } = await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
    assert.match(message, 'came to no end')
  }))

test('it leads a process group of its own, with no shell before it: Ctrl+C does not reach it', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const bin = await fakeSqlite(folder, 'echo $$; /bin/ps -o pgid= -p $$')
    const output = await runSqlite(file, ['SELECT 1'], { env: { PATH: bin } })
    const [own, group] = output.trim().split(/\s+/)
    assert.is(own, group)
  }))

test('the command gets no variable but those that say where things are', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const script = '/usr/bin/env | /usr/bin/cut -d= -f1 | /usr/bin/sort'
    const PATH = await fakeSqlite(folder, script)
    const secrets = { R2_SECRET_ACCESS_KEY: 'x', EDITOR: 'x', SQLITE_HISTORY: 'x', HOME: folder }
    const { output = '' } = await query(file, { ...secrets, PATH, TMPDIR: folder })
    // Node.js gives the last one to every process that it starts while coverage is measured.
    const ignored = new Set(['', 'PWD', 'SHLVL', '_', 'OLDPWD', 'NODE_V8_COVERAGE'])
    const names = output.split('\n').filter((name) => !ignored.has(name))
    assert.equal(names, ['PATH', 'TMPDIR'])
  }))

test.run()
