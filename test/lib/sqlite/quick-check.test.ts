import { open } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { quickCheck } from '../../../lib/sqlite/quick-check.ts'
import { createDatabase, createTemoaDatabase, createWalDatabase } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite/quick-check')
const { env } = process

const PAGE_BYTES = 4096

async function overwrite(file: string, offset: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, offset)
  await handle.close()
}

test('a sound database passes, in WAL mode too', () =>
  inFolder(async (folder) => {
    await quickCheck(await createTemoaDatabase(folder), { env })
    await quickCheck(await createWalDatabase(folder), { env, immutable: true })
  }))

test('a page that is damaged in the middle of the file is found, and the problem is named', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder, 'temoa.sqlite', 5000)
    await overwrite(file, 20 * PAGE_BYTES, Buffer.alloc(PAGE_BYTES, 0xa5))
    const error = await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
    assert.is(error.exit, 3)
    assert.ok(error.context.problems.length > 0)
    for (const problem of error.context.problems) assert.match(error.message, problem)
    assert.match(error.message, '21')
  }))

test('cells that point outside of their page are found', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder, 'temoa.sqlite', 5000)
    await overwrite(file, 20 * PAGE_BYTES + 8, Buffer.alloc(16, 0xff))
    await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
  }))

test('a value of the wrong kind in a STRICT table is damage', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a TEXT); INSERT INTO t VALUES ('text'); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a INT) STRICT';`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    const { context } = await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
    assert.match(context.problems.join('\n'), 'non-INT value in t.a')
  }))

test('however many problems there are, the first few are named', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a); PRAGMA writable_schema=ON;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
      INSERT INTO t SELECT NULL FROM n;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a NOT NULL)' WHERE name = 't';`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    const { context } = await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
    assert.is(context.problems.length, 5)
    for (const problem of context.problems) assert.match(problem, 'NULL value in t.a')
  }))

test('a schema that does not parse is damage', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(' WHERE name = 't';`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    const { context } = await failure('DM_DATABASE_DAMAGED', () => quickCheck(file, { env }))
    assert.match(context.problems.join('\n'), 'malformed')
  }))

test('a row that breaks a CHECK or a foreign key is no damage', () =>
  inFolder(async (folder) => {
    const sql = `PRAGMA ignore_check_constraints=ON;
      CREATE TABLE t(a CHECK (a > 5), b REFERENCES t(a)); INSERT INTO t VALUES (1, 99);`
    await quickCheck(await createDatabase(folder, 'a.sqlite', sql), { env })
  }))

test('a CHECK that uses a function of its own program is no obstacle', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a); INSERT INTO t VALUES (1); PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a CHECK (own_function(a)))';`
    await quickCheck(await createDatabase(folder, 'a.sqlite', sql), { env })
  }))

test.run()
