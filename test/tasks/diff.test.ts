import { Ajv2020 } from 'ajv/dist/2020.js'
import { watch } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createDatabase, sqlite } from '../helpers/databases.ts'
import { dm, failed } from '../helpers/dm.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('dm diff')

const before = `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES (1, 2), (2, 3);`
const after = `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL); INSERT INTO t VALUES (1, 4), (3, 3);`
const schema = path.join(import.meta.dirname, '../../lib/diff/present/diff.schema.json')

test('two files: for people, as Markdown, as JSON by its schema, and as SQL that does it', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const a = await createDatabase(work.folder, 'a.sqlite', before)
    await createDatabase(work.folder, 'b.sqlite', after)
    const here = async (...args: string[]): Promise<string> => {
      const run = await runHere(work.folder, ['diff', 'a.sqlite', 'b.sqlite', ...args])
      if (run.exit !== 0) throw new Error(run.stderr)
      return run.stdout
    }
    const text = await here()
    assert.match(text, 'Rows changed in 1 of 1 table: 1 inserted, 1 updated, 1 deleted')
    assert.match(text, 't.n: 1 of 1 updated row; largest: 2 → 4 (+100%) at 1')
    assert.not.match(text, 'Proved')
    assert.match(await here('--prove'), 'Proved: applied to a copy')
    assert.match(
      await here('--full'),
      /\nt\n {2}~ id=1, n: 2.0 → 4.0\n {2}- id=2, n=3.0\n {2}\+ id=3, n=3.0/,
    )
    assert.match(await here('--format', 'markdown'), /^### a\.sqlite → b\.sqlite\n/)
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(
      JSON.parse(await readFile(schema, 'utf8')) as object,
    )
    for (const full of [[], ['--full']]) {
      const document: unknown = JSON.parse(await here('--format', 'json', ...full))
      assert.ok(validate(document), JSON.stringify(validate.errors))
    }
    const fields = await dmJson(work.folder, ['diff', 'a.sqlite', 'b.sqlite', '--full'])
    const [table] = fields['tables'] as [{ inserted: number; rows: object[] }]
    assert.equal([table.inserted, table.rows.length, fields['changed']], [1, 3, true])
    const sent = await dm(work.folder, ['diff', 'a.sqlite', 'b.sqlite', '--format', 'sql'])
    assert.match(sent.stdout, /^-- a\.sqlite → b\.sqlite\n/)
    await writeFile(path.join(folder, 'x.sql'), sent.stdout)
    await sqlite(a, `.read ${path.join(folder, 'x.sql')}`)
    assert.is(await sqlite(a, 'SELECT * FROM t'), '1|4.0\n3|3.0\n')
  }))

test('two files need no data repository, and two paths nothing of the one around them', () =>
  inFolder(async (folder) => {
    await createDatabase(folder, 'a.sqlite', before)
    await createDatabase(folder, 'b.sqlite', after)
    for (const [a, b] of [
      ['a.sqlite', 'b.sqlite'],
      ['./a.sqlite', './b.sqlite'],
    ]) {
      const { a: first, tables } = await dmJson(folder, ['diff', String(a), String(b)])
      assert.equal([first, (tables as object[]).length], [a, 1])
    }
    const expected = { exit: 2, code: 'DM_GIT_NO_REPOSITORY' }
    const { message } = await dmFailure(folder, ['diff', 'm.sqlite@v1', 'a.sqlite'], expected)
    assert.match(message, `${folder} is in no git repository`)
    await dmFailure(folder, ['diff', './none', 'a.sqlite'], { exit: 2, code: 'DM_FILE_MISSING' })
    const { work } = await createDataRepository(folder)
    await work.git('config', 'remote.other.url', '/nowhere')
    await work.git('remote', 'remove', 'origin')
    const args = ['diff', '-C', work.folder, 'a.sqlite']
    await dmFailure(folder, [...args, 'b.sqlite'], { exit: 2, code: 'DM_GIT_UNKNOWN_REMOTE' })
    await dmFailure(folder, [...args, './b.sqlite'], { exit: 2, code: 'DM_GIT_UNKNOWN_REMOTE' })
    await dmJson(folder, ['diff', '-C', work.folder, './a.sqlite', './b.sqlite'])
  }))

test('what a killed run has left is gone after the next, and where there is no room that is said', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    await createDatabase(work.folder, 'a.sqlite', before)
    await createDatabase(work.folder, 'b.sqlite', after)
    const TMPDIR = path.join(folder, 'tmp')
    await mkdir(TMPDIR)
    const ask = ['diff', 'a.sqlite', 'b.sqlite']
    const killed = await dm(work.folder, ask, {
      env: { TMPDIR },
      onStart: (child) => {
        const watcher = watch(TMPDIR, () => child.kill('SIGKILL'))
        child.once('exit', () => watcher.close())
      },
    })
    assert.is(killed.exit, 'SIGKILL')
    assert.is((await readdir(TMPDIR)).length, 1)
    await dm(work.folder, ask, { env: { TMPDIR } })
    assert.equal(await readdir(TMPDIR), [])
    const none = { TMPDIR: path.join(folder, 'none') }
    const expected = { exit: 1, code: 'DM_SCRATCH_UNUSABLE' }
    const { hint } = failed(await dm(work.folder, [...ask, '--json'], { env: none }), expected)
    assert.match(hint, 'TMPDIR')
  }))

test('versions come from the store once, then from the cache; what is too large is refused', () =>
  inFolder(async (folder) => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') }
    const { work, merge } = await createDataRepository(folder)
    for (const [name, sql] of Object.entries({ a: before, b: after })) {
      const file = await createDatabase(folder, `${name}.sqlite`, sql)
      const { branch } = await dmJson(work.folder, ['prepare', 'm.sqlite', file])
      await merge(String(branch))
      await dmJson(work.folder, ['publish'])
    }
    const ask = ['diff', 'm.sqlite@v1', 'm.sqlite']
    const small = path.join(folder, 'small.json')
    await writeFile(small, JSON.stringify({ diff: { maxDownload: '10B' } }))
    const args = [...ask, '--config', small]
    const { message, hint } = await dmFailure(
      work.folder,
      args,
      { exit: 1, code: 'DM_DIFF_TOO_LARGE' },
      { env },
    )
    assert.match(message, /m\.sqlite v1 has \d+ B/)
    assert.match(hint, 'dm pull m.sqlite@v1')
    const first = await runHere(work.folder, ask, env)
    assert.match(first.stdout, 'm.sqlite v1 → m.sqlite v2')
    assert.match(first.stderr, /m\.sqlite v1 is not here: downloading \d+ B\./)
    const store = path.join(work.folder, '.git/datamanager/store')
    await rm(store, { recursive: true })
    const again = await runHere(work.folder, args, env)
    assert.is(again.stdout, first.stdout)
    const shown = await dmJson(folder, ['cache'], { env })
    assert.is(shown['entries'], 2)
  }))

test('what cannot be compared is said, and nothing is sent for SQL then', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    await createDatabase(work.folder, 'a.sqlite', before)
    await createDatabase(work.folder, 'wide.sqlite', `PRAGMA encoding='UTF-16'; ${before}`)
    await writeFile(path.join(work.folder, 'text'), 'no database at all')
    const ask = async (exit: number, code: string, ...args: string[]): Promise<string> =>
      (await dmFailure(work.folder, ['diff', 'a.sqlite', ...args], { exit, code })).message
    await ask(2, 'DM_UNKNOWN_DATASET', 'b.sqlite')
    await ask(2, 'DM_FILE_MISSING', './b.sqlite')
    await ask(3, 'DM_DATABASE_NOT_SQLITE', 'text')
    const run = await dm(work.folder, ['diff', 'a.sqlite', 'wide.sqlite', '--format', 'sql'])
    assert.equal([run.exit, run.stdout], [1, ''])
    assert.match(run.stderr, /encoding.*\[DM_DIFF_NO_SQL\]/)
    await mkdir(path.join(work.folder, 'x'))
    await copyFile(path.join(work.folder, 'a.sqlite'), path.join(work.folder, 'x/a.sqlite'))
    await writeFile(path.join(work.folder, 'x/a.sqlite-wal'), 'changes')
    await ask(3, 'DM_DATABASE_JOURNAL', 'x/a.sqlite')
  }))

test.run()
