import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inspectDatabaseAt, runSqliteHere } from '../../helpers/at-path.ts'
import { createDatabase, sqlite } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite: a hostile database')

/** SQL expressions that reach out of a database; `$` is a path that they make. */
const attacks = [
  `edit('x', 'touch $ #')`,
  `writefile('$', 'x')`,
  `load_extension('$')`,
  `fts3_tokenizer('simple', x'0000000000000000')`,
] as const

test('where the plain command would run something, a view is refused', () =>
  inFolder(async (folder) => {
    const marker = path.join(folder, 'ran')
    for (const [index, attack] of attacks.entries()) {
      const sql = `CREATE TABLE t(a); CREATE VIEW v AS SELECT ${attack.replace('$', marker)} AS x;`
      const file = await createDatabase(folder, `${index}.sqlite`, sql)
      const error = await failure('DM_SQLITE_FAILED', () =>
        runSqliteHere(file, ['SELECT x FROM v']),
      )
      assert.match(error.message, 'unsafe use of')
      assert.not.ok((await readdir(folder)).includes('ran'))
      // Naming what is in it runs nothing, and it can be prepared like any other.
      assert.is((await inspectDatabaseAt(file)).schema.length, 2)
      assert.not.ok((await readdir(folder)).includes('ran'))
    }
    // The attack is real: this is what would happen without the precautions.
    await sqlite(path.join(folder, '0.sqlite'), 'SELECT x FROM v').catch(() => undefined)
    assert.ok((await readdir(folder)).includes('ran'))
  }))

test('generated columns, defaults, CHECKs, indexes and triggers run nothing either', () =>
  inFolder(async (folder) => {
    const marker = path.join(folder, 'ran')
    const write = `writefile('${marker}', 'x')`
    const definitions = [
      `CREATE TABLE t(a, b AS (${write}))`,
      `CREATE TABLE t(a, b AS (${write}) STORED)`,
      `CREATE TABLE t(a, b DEFAULT (${write}))`,
      `CREATE TABLE t(a, b CHECK (${write}))`,
      `CREATE TABLE t(a CHECK (${write}), b) STRICT`,
    ]
    for (const [index, definition] of definitions.entries()) {
      const sql = `CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2); CREATE INDEX i ON t(b);
        CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT ${write}; END;
        PRAGMA writable_schema=ON;
        UPDATE sqlite_schema SET sql = '${definition.replaceAll("'", "''")}' WHERE type = 'table';
        UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(${write.replaceAll("'", "''")})'
        WHERE type = 'index';`
      const file = await createDatabase(folder, `${index}.sqlite`, sql)
      // Whether SQLite reads such a thing at all may differ; that it runs nothing must not.
      await inspectDatabaseAt(file).catch(() => undefined)
      assert.not.ok((await readdir(folder)).includes('ran'), definition)
    }
  }))

test('no statement reaches another file or a program', () =>
  inFolder(async (folder) => {
    const file = await createDatabase(folder, 'a.sqlite', 'CREATE TABLE t(a)')
    const marker = path.join(folder, 'ran')
    await writeFile(path.join(folder, 'secret'), 'secret')
    const statements = [
      `ATTACH '${marker}' AS other`,
      `SELECT writefile('${marker}', 'x')`,
      `SELECT readfile('${folder}/secret')`,
      `SELECT load_extension('${marker}')`,
      `.shell touch '${marker}'`,
      `.system touch '${marker}'`,
      `.output '|touch ${marker}'`,
      `.once '${marker}'`,
      `.import '${folder}/secret' t`,
      `.load '${marker}'`,
      `.open '${marker}'`,
      `.log '${marker}'`,
      `VACUUM INTO '${marker}'`,
    ]
    for (const statement of statements) {
      const error = await failure('DM_SQLITE_FAILED', () => runSqliteHere(file, [statement]))
      assert.not.match(error.message, 'secret\n')
      assert.equal((await readdir(folder)).toSorted(), ['a.sqlite', 'secret'], statement)
    }
  }))

test('tables that are named like what we read cannot hide others', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE hidden(a, b); INSERT INTO hidden VALUES (1, 2);
      CREATE TABLE pragma_table_list(schema, name, type, ncol, wr, strict);
      INSERT INTO pragma_table_list VALUES ('main', 'false', 'table', 1, 0, 0);
      CREATE TABLE pragma_table_xinfo(cid); CREATE VIEW pragma_table_info AS SELECT 1;`
    const { tables } = await inspectDatabaseAt(await createDatabase(folder, 'a.sqlite', sql))
    assert.equal(
      tables.map(({ name, rows, columns }) => [name, rows, columns.length]),
      [
        ['hidden', 1, 2],
        ['pragma_table_list', 1, 6],
        ['pragma_table_xinfo', 0, 1],
      ],
    )
  }))

test('a schema that fills the memory is refused', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = sql || '--' || replace(hex(zeroblob(17000000)), '00', 'xx');`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    const error = await failure('DM_SQLITE_OUTPUT', () => inspectDatabaseAt(file))
    assert.is(error.exit, 3)
  }))

test.run()
