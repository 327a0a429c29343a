import { open } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DmError } from '../../../lib/errors/dm-error.ts'
import { isOlder } from '../../../lib/format/units.ts'
import { isBeyondSqlite, sqliteVersion } from '../../../lib/sqlite/run-sqlite.ts'
import { inspectDatabaseAt } from '../../helpers/at-path.ts'
import { createDatabase, sqlite } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite: what only another SQLite or program knows')

/** Runs SQL, and lets the schema name what this SQLite has not, instead of what it has. */
function createBeyond(folder: string, sql: string, name = 'a.sqlite'): Promise<string> {
  const edits = [
    ['nocase', 'own_order'],
    ['lower', 'own_function'],
    ['fts5', 'own_module'],
  ]
  const sets = edits.map(
    ([known, own]) => `UPDATE sqlite_schema SET sql = replace(sql, '${known}', '${own}');`,
  )
  return createDatabase(folder, name, `${sql}; PRAGMA writable_schema=ON; ${sets.join('')}`)
}

async function patch(file: string, offset: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, offset)
  await handle.close()
}

/** Lets the header say that this SQLite wrote the file: 3046000 is 3.46.0. */
function setWriter(file: string, version: number): Promise<void> {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(version)
  return patch(file, 96, bytes)
}

test('a collation or a function of its own program leaves a table unchecked, and the rest is checked', () =>
  inFolder(async (folder) => {
    const rows = `INSERT INTO t(a) VALUES ('x'), ('y'); CREATE TABLE "o ""k"(a); INSERT INTO "o ""k" VALUES (1)`
    const unchecked = [
      'CREATE TABLE t(a COLLATE nocase PRIMARY KEY)',
      'CREATE TABLE t(a COLLATE nocase UNIQUE, b)',
      'CREATE TABLE t(a); CREATE INDEX i ON t(a COLLATE nocase)',
      'CREATE TABLE t(a COLLATE nocase PRIMARY KEY, b) WITHOUT ROWID',
      'CREATE TABLE t(a, b AS (lower(a)) NOT NULL)',
      'CREATE TABLE t(a TEXT, b TEXT AS (lower(a))) STRICT',
    ]
    for (const [index, definition] of unchecked.entries()) {
      const file = await createBeyond(folder, `${definition}; ${rows}`, `${index}.sqlite`)
      const found = await inspectDatabaseAt(file)
      const [gap] = found.unchecked
      assert.equal([found.unchecked.length, gap?.table], [1, 't'], definition)
      assert.match(gap?.reason ?? '', /own_(order|function)/)
      assert.equal(
        found.tables.map(({ name, rows: count }) => [name, count]),
        [
          ['o "k', 1],
          ['t', definition.includes('WITHOUT') ? null : 2],
        ],
      )
    }
  }))

test('what SQLite need not evaluate is no obstacle to checking the whole file', () =>
  inFolder(async (folder) => {
    const rows = `INSERT INTO t(a) VALUES ('x'), ('y')`
    const checked = [
      `CREATE TABLE t(a COLLATE nocase)`,
      `CREATE TABLE t(a); CREATE INDEX i ON t(lower(a))`,
      `CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a) WHERE lower(a) = 'x'`,
      `CREATE TABLE t(a, b AS (lower(a)) STORED)`,
      `CREATE TABLE t(a, b DEFAULT (lower('x')))`,
      `CREATE TABLE t(a); CREATE VIEW v AS SELECT lower(a) FROM t ORDER BY a COLLATE nocase`,
      `CREATE TABLE t(a); CREATE VIRTUAL TABLE v USING fts5(body)`,
    ]
    for (const [index, definition] of checked.entries()) {
      const file = await createBeyond(folder, `${definition}; ${rows}`, `${index}.sqlite`)
      const found = await inspectDatabaseAt(file)
      assert.equal(found.unchecked, [], definition)
      assert.is(found.tables.find(({ name }) => name === 't')?.rows, 2, definition)
    }
  }))

test('damage beside a table that cannot be checked is found', () =>
  inFolder(async (folder) => {
    const file = await createBeyond(
      folder,
      `CREATE TABLE own(a COLLATE nocase PRIMARY KEY) WITHOUT ROWID; INSERT INTO own VALUES ('x');
       CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
       INSERT INTO t SELECT 'row ' || i FROM n`,
    )
    assert.is((await inspectDatabaseAt(file)).unchecked.length, 1)
    await patch(file, 20 * 4096 + 8, Buffer.alloc(16, 0xff))
    const { context } = await failure('DM_DATABASE_DAMAGED', () => inspectDatabaseAt(file))
    assert.match(context.problems.join('\n'), '21')
    assert.is(context.problems.length, 5)
  }))

test('only what a program can bring along excuses a table that is not checked', () => {
  const reasons = [
    ['no such collation sequence: german', true],
    ['no such function: own', true],
    ['unknown function: own()', true],
    ['wrong number of arguments to function round()', true],
    ['no such module: own', true],
    ['no such tokenizer: own', true],
    ['vtable constructor failed: t', true],
    ['no such table: t', false],
    ['unsafe use of edit()', false],
    ['disk I/O error', false],
    ['out of memory', false],
    ['it ended with SIGKILL', false],
    ['near "x": syntax error', false],
  ] as const
  for (const [reason, expected] of reasons) {
    const error = new DmError('DM_SQLITE_FAILED', { file: 'a', reason })
    assert.is(isBeyondSqlite(error), expected, reason)
  }
  assert.not.ok(isBeyondSqlite(new Error('no such module: own')))
})

test('a schema that only a newer SQLite can read is no damage: its version is told', () =>
  inFolder(async (folder) => {
    const schemas = [
      'CREATE TABLE t(a DEFAULT 1_000)',
      'CREATE TABLE t(a); CREATE VIEW v AS SELECT group_concat(a ORDER BY a) FROM t',
      `CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t
       BEGIN SELECT raise(ABORT, 'not ' || new.a); END`,
    ]
    const version = (await sqliteVersion(process.env)) ?? ''
    for (const [index, schema] of schemas.entries()) {
      const file = path.join(folder, `${index}.sqlite`)
      // The one in node is newer than that of most systems.
      const database = new DatabaseSync(file)
      const writer = String(database.prepare('SELECT sqlite_version() AS v').get()?.['v'])
      database.exec(schema)
      database.close()
      const isReadable = await sqlite(file, 'SELECT 1 FROM sqlite_schema').then(
        () => true,
        () => false,
      )
      if (isReadable) {
        await inspectDatabaseAt(file)
        continue
      }
      assert.ok(isOlder(version, writer))
      const error = await failure('DM_DATABASE_NEWER', () => inspectDatabaseAt(file))
      assert.equal([error.exit, error.context.writer, error.context.version], [1, writer, version])
      assert.match(error.hint, `SQLite ${writer} or newer`)
    }
  }))

test('only a writer that is newer excuses what cannot be read', () =>
  inFolder(async (folder) => {
    const broken = `CREATE TABLE t(a); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a TOMORROW('`
    const [major = 0, minor = 0, patchLevel = 0] = ((await sqliteVersion(process.env)) ?? '')
      .split('.')
      .map(Number)
    const here = major * 1_000_000 + minor * 1000 + patchLevel
    const cases = [
      [here + 1, 'DM_DATABASE_NEWER'],
      [3_999_000, 'DM_DATABASE_NEWER'],
      [here, 'DM_DATABASE_DAMAGED'],
      [3_008_000, 'DM_DATABASE_DAMAGED'],
      [0, 'DM_DATABASE_DAMAGED'],
      [4_000_000_000, 'DM_DATABASE_DAMAGED'],
    ] as const
    for (const [writer, code] of cases) {
      const file = await createDatabase(folder, `${writer}.sqlite`, broken)
      await setWriter(file, writer)
      const { hint } = await failure(code, () => inspectDatabaseAt(file))
      assert.not.match(hint, 'recover')
    }
  }))

test('a file format that is not known yet needs a newer SQLite too; a damaged page does not', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
      INSERT INTO t SELECT 'row ' || i FROM n LIMIT 9000`
    const changes = [
      [18, Buffer.from([3, 3]), 'DM_DATABASE_NEWER'],
      [44, Buffer.from([0, 0, 0, 9]), 'DM_DATABASE_NEWER'],
      [20 * 4096, Buffer.alloc(4096, 0xa5), 'DM_DATABASE_DAMAGED'],
    ] as const
    for (const [offset, bytes, code] of changes) {
      const file = await createDatabase(folder, `${offset}.sqlite`, sql)
      await setWriter(file, 3_900_001)
      await patch(file, offset, bytes)
      const error = await failure(code, () => inspectDatabaseAt(file))
      if (code === 'DM_DATABASE_NEWER') assert.match(error.message, 'SQLite 3.900.1')
    }
  }))

test.run()
