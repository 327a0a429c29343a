import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareDatabases } from '../../../lib/diff/compare-databases.ts'
import { diffDatabases } from '../../../lib/diff/diff-databases.ts'
import type { Progress } from '../../../lib/diff/run-in-worker.ts'
import { isMakeable } from '../../../lib/diff/sql/virtual-tables.ts'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import { createDatabase, sqlite } from '../../helpers/databases.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

const test = suite('diff: two databases')
const { folder, remove } = await temporaryFolder()
test.after(remove)

let number = 0

/** A database, and a copy of it that is edited. */
async function makeTwo(sql: string, edit: string): Promise<{ before: string; after: string }> {
  const name = String(number++)
  const before = await createDatabase(folder, `${name}-before.sqlite`, sql)
  const after = path.join(folder, `${name}-after.sqlite`)
  await copyFile(before, after)
  if (edit !== '') await sqlite(after, edit)
  return { before, after }
}

function makeScratch(): Promise<string> {
  return mkdtemp(path.join(folder, 'scratch-'))
}

const rows = (count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO t SELECT i, 'v' || i, i / 3.0 FROM n;`

test('SQL that an sqlite3 cannot apply is not stored, and told as unproved', async () => {
  const edit = "UPDATE t SET v = 'n' WHERE k = 3"
  const { before, after } = await makeTwo(`CREATE TABLE t(k PRIMARY KEY, v, w); ${rows(9)}`, edit)
  const old = await mkdtemp(path.join(folder, 'old-'))
  const program = '#!/bin/sh\necho "unknown option: -safe" >&2\nexit 1\n'
  await writeFile(path.join(old, 'sqlite3'), program, { mode: 0o755 })
  const sqlFile = path.join(folder, 'unproved.sql')
  const env = { PATH: `${old}:/usr/bin:/bin` }
  const { sql } = await diffDatabases(before, after, { scratch: await makeScratch(), sqlFile, env })
  const because = 'applied to the old database it does not give the new one'
  assert.equal(sql, { reason: `${because}: unknown option: -safe`, isUnproved: true })
  assert.not.ok(existsSync(sqlFile))
})

test('of large files it is told how much has been read', async () => {
  const sql =
    'CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, zeroblob(5000000))'
  const { before, after } = await makeTwo(sql, 'INSERT INTO t VALUES (2, 2)')
  const seen: Progress[] = []
  const report = (progress: Progress): void => void seen.push(progress)
  await diffDatabases(before, after, { scratch: await makeScratch(), report })
  const total = (await stat(before)).size + (await stat(after)).size
  assert.equal(seen, [{ done: 8 * 1024 ** 2, total }, 'table 1 of 1: t'])
})

test('a virtual table is made by nothing but the declaration of a module that is known', () => {
  const declarations: [sql: string, isRight: boolean][] = [
    ['CREATE VIRTUAL TABLE \'a b\' USING FTS5(x, tokenize = "a;b")', true],
    ['CREATE VIRTUAL TABLE r USING rtree(id, x0, x1) -- as it was', true],
    ['CREATE VIRTUAL TABLE f USING csv(x)', false],
    ['CREATE VIRTUAL TABLE f USING fts5(x); SELECT (1)', false],
    ['CREATE TABLE f AS SELECT fts5(x)', false],
    ['CREATE VIRTUAL TABLE f USING fts5(x\u0001)', false],
  ]
  for (const [sql, isRight] of declarations) {
    assert.is(isMakeable({ type: 'table', name: 'f', table: 'f', sql }), isRight, sql)
  }
})

test('names that differ in case alone are told, and the SQL renames them', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(K INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v); CREATE VIEW w AS SELECT 1;
     CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TABLE same(x); INSERT INTO t VALUES (1, 2)`,
    `ALTER TABLE t RENAME COLUMN K TO k; DROP INDEX i; CREATE INDEX I ON t(v); DROP VIEW w;
     CREATE VIEW W AS SELECT 1; DROP TRIGGER a; CREATE TRIGGER A AFTER INSERT ON t BEGIN SELECT 1; END`,
  )
  const scratch = await makeScratch()
  const options = { scratch, sqlFile: path.join(folder, 'case.sql'), env: process.env }
  const { schema, sql, tables } = await diffDatabases(before, after, options)
  assert.equal(
    schema.map(({ change, object, formerName, name }) => [change, object, formerName, name]),
    [
      ['renamed', 'column', 'K', 'k'],
      ['renamed', 'index', 'i', 'I'],
      ['renamed', 'view', 'w', 'W'],
      ['renamed', 'trigger', 'a', 'A'],
    ],
  )
  assert.is(sql !== null && 'proof' in sql && sql.proof, 'applied')
  assert.is(
    tables.every(({ inserted, updated, deleted }) => inserted + updated + deleted === 0),
    true,
  )
})

test('the SQL is proved by applying it, and nothing else is left', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(k INTEGER PRIMARY KEY, v, w); ${rows(500)}`,
    "UPDATE t SET v = 'n' WHERE k % 100 = 0; DELETE FROM t WHERE k = 7; INSERT INTO t VALUES (501, 1, 2)",
  )
  const scratch = await makeScratch()
  const sqlFile = path.join(folder, 'proved.sql')
  const rowsFile = path.join(folder, 'rows.jsonl')
  const seen: Progress[] = []
  const report = (progress: Progress): void => void seen.push(progress)
  const options = { scratch, sqlFile, rowsFile, env: process.env, report }
  const diff = await diffDatabases(before, after, options)
  assert.is(diff.sql !== null && 'proof' in diff.sql && diff.sql.proof, 'applied')
  assert.equal(await readdir(scratch), [])
  assert.equal(seen, ['table 1 of 1: t'])
  const [table] = diff.tables
  assert.equal(
    [table?.inserted, table?.updated, table?.deleted, table?.rowsBefore, table?.rowsAfter],
    [1, 5, 1, 500, 500],
  )
  assert.equal(table?.how, 'pages')
  const lines = (await readFile(rowsFile, 'utf8')).trimEnd().split('\n')
  assert.is(lines.length, 7)
  const updated = lines.map((line) => JSON.parse(line)).find(({ change }) => change === 'updated')
  assert.equal([updated.before.v, updated.after.v], ["'v100'", "'n'"])
  const sql = await readFile(sqlFile, 'utf8')
  assert.is(diff.sql !== null && 'lines' in diff.sql && diff.sql.lines, sql.split('\n').length - 1)
})

test('rows are matched by a key that is the rowid in neither, or in one alone', async () => {
  const names = "INSERT INTO t VALUES (1, 'c', 1), (2, 'b', 1), (3, 'a', 1);"
  const plain = `CREATE TABLE t(k INTEGER, v TEXT PRIMARY KEY, w); ${names}`
  const byNumber = `CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT, w); ${names}`
  const byName = `DROP TABLE t; CREATE TABLE t(k INTEGER, v TEXT PRIMARY KEY, w); INSERT INTO t VALUES (1, 'b', 2), (2, 'c', 2), (3, 'a', 2);`
  for (const sql of [plain, byNumber]) {
    const { before, after } = await makeTwo(sql, byName)
    for (const engine of ['whole', 'pages'] as const) {
      const { tables } = await diffDatabases(before, after, { scratch: folder, engine })
      const [table] = tables
      assert.equal(table?.key, ['v'])
      assert.equal([table?.inserted, table?.updated, table?.deleted], [0, 3, 0])
    }
  }
})

test('an abort ends the comparison and removes what it made', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(k TEXT PRIMARY KEY, v, w); ${rows(200_000)}`,
    "UPDATE t SET v = 'n'",
  )
  const scratch = await makeScratch()
  const controller = new AbortController()
  const reason = new Error('stopped')
  const began = performance.now()
  setTimeout(() => controller.abort(reason), 60)
  const options = { scratch, sqlFile: path.join(folder, 'a.sql'), signal: controller.signal }
  try {
    await diffDatabases(before, after, options)
    assert.unreachable()
  } catch (error) {
    assert.is(error, reason)
  }
  assert.ok(performance.now() - began < 3000)
  assert.equal(await readdir(scratch), [])
})

test('a damaged file is told as one', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(k INTEGER PRIMARY KEY, v, w); ${rows(20_000)}`,
    '',
  )
  const size = 40 * 4096
  await truncate(after, size)
  for (const engine of ['whole', 'pages'] as const) {
    try {
      await diffDatabases(before, after, { scratch: folder, engine })
      assert.unreachable()
    } catch (error) {
      assert.ok(isDmError(error) && error.exit === 3, String(error))
    }
  }
})

/** What follows a declaration in a schema is ignored by SQLite, and would be run by the command. */
for (const [name, forgery] of Object.entries({
  'a second statement': ';\n.shell touch HERE/forged\n',
  'a statement on its line': "; SELECT writefile('HERE/forged', 1)",
  'a comment without end': ' /* ',
  'a NUL': '\0;\n.shell touch HERE/forged\n',
})) {
  for (const item of [
    'TABLE forged(a)',
    'VIEW forged AS SELECT 1',
    'INDEX forged ON t(v)',
    'TRIGGER forged AFTER INSERT ON t BEGIN SELECT 1; END',
  ]) {
    test(`a forged declaration never reaches the SQL: ${name} after ${item}`, async () => {
      const { before, after } = await makeTwo('CREATE TABLE t(k INTEGER PRIMARY KEY, v, w)', '')
      const place = await makeScratch()
      const db = new DatabaseSync(after)
      db.enableDefensive(false)
      db.exec(`CREATE ${item}; PRAGMA writable_schema=ON`)
      db.prepare("UPDATE sqlite_schema SET sql = sql || ? WHERE name = 'forged'").run(
        forgery.replaceAll('HERE', place),
      )
      db.close()
      const sqlFile = path.join(place, 'forged.sql')
      const diff = await diffDatabases(before, after, {
        scratch: folder,
        sqlFile,
        env: process.env,
      })
      assert.ok(diff.schema.some((change) => change.name === 'forged'))
      if (existsSync(sqlFile)) {
        const copy = path.join(place, 'copy.sqlite')
        await copyFile(before, copy)
        await sqlite(copy, `.read ${sqlFile}`)
      }
      const hasSql = diff.sql !== null && 'path' in diff.sql
      assert.is(hasSql, name === 'a comment without end')
      // The proof would refuse it as well, since it runs with -safe; that is not what is tried here.
      if (diff.sql !== null && 'reason' in diff.sql) assert.match(diff.sql.reason, /is not sound/)
      assert.not(existsSync(path.join(place, 'forged')))
    })
  }
}

test('the rows that differ prove the SQL of a large database', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(k TEXT PRIMARY KEY, v, w); ${rows(500)} CREATE TABLE s(k INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO s(v) VALUES (1);`,
    "UPDATE t SET v = CAST(x'ff00' AS TEXT), w = 0.1 + 0.2 WHERE k = 100; DELETE FROM t WHERE k = 7; INSERT INTO s(v) VALUES (2)",
  )
  const scratch = await makeScratch()
  const sqlFile = path.join(scratch, 'diff.sql')
  const { touched } = compareDatabases(
    before,
    after,
    { scratch, sqlFile, keepTouched: true },
    () => undefined,
  )
  assert.is((await sqlite(touched?.before ?? '', 'SELECT count(*) FROM t')).trim(), '2')
  assert.is((await sqlite(touched?.after ?? '', 'SELECT count(*) FROM t')).trim(), '1')
})

test('a rebuilt table is not proved by the rows that differ', async () => {
  const { before, after } = await makeTwo(
    `CREATE TABLE t(k TEXT PRIMARY KEY, v, w); ${rows(5)}`,
    'ALTER TABLE t ADD COLUMN n',
  )
  const scratch = await makeScratch()
  const options = { scratch, sqlFile: path.join(scratch, 'diff.sql'), keepTouched: true }
  assert.is(compareDatabases(before, after, options, () => undefined).touched, null)
})

test.run()
