import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDatabase, createTemoaDatabase, sqlite } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { runSqliteHere } from '../../helpers/at-path.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite/run-sqlite')

/** Never comes to an end, and holds a lock on the database meanwhile. */
const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  SELECT count(*) + (SELECT count(*) FROM Region) FROM n`

/** As `endless`, but prints a row after the other. */
const endlessOutput = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  SELECT i, hex(zeroblob(1000)), (SELECT count(*) FROM Region) FROM n`

function tryToLock(file: string): Promise<boolean> {
  return sqlite(file, 'BEGIN EXCLUSIVE; COMMIT').then(
    () => true,
    () => false,
  )
}

test('the rows come back, a row a line, of all statements in order', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const output = await runSqliteHere(file, [
      'SELECT region, notes FROM Region',
      'SELECT 1; SELECT 2',
    ])
    assert.is(output, 'north|wind\nsouth|sun\n1\n2\n')
  }))

test('nothing can be written, not even by a statement of ours', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    for (const sql of ['DELETE FROM Region', 'CREATE TABLE t(a)', 'PRAGMA user_version=3']) {
      assert.match(
        (await failure('DM_SQLITE_FAILED', () => runSqliteHere(file, [sql]))).message,
        'readonly',
      )
    }
  }))

test('it stops at the first error, says what it was, and not where in our SQL', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const error = await failure('DM_SQLITE_FAILED', () =>
      runSqliteHere(file, ['SELECT 1', 'SELECT * FROM absent', 'SELECT 2']),
    )
    assert.is(error.context.reason, 'no such table: absent')
    assert.is(error.exit, 1)
  }))

test('a database that does not exist is not made', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'none.sqlite')
    await failure('DM_SQLITE_FAILED', () => runSqliteHere(file, ['SELECT 1 FROM sqlite_schema']))
  }))

test('a database that another program holds is told as busy', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const holder = spawn('sqlite3', ['-batch', '-init', '/dev/null', file])
    try {
      holder.stdin.write("BEGIN EXCLUSIVE;\nSELECT 'locked';\n")
      await once(holder.stdout, 'data')
      const error = await failure('DM_SQLITE_BUSY', () =>
        runSqliteHere(file, ['SELECT * FROM Region']),
      )
      assert.is(error.exit, 1)
      assert.match(error.message, file)
    } finally {
      holder.stdin.end()
      await once(holder, 'close')
    }
    await runSqliteHere(file, ['SELECT * FROM Region'])
  }))

test('an abort kills the process and throws the reason', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const controller = new AbortController()
    const reason = new Error('stop')
    const running = runSqliteHere(file, [endless], { signal: controller.signal })
    const ended = running.catch((error: unknown) => error)
    while (await tryToLock(file)) await sleep(20)
    controller.abort(reason)
    assert.is(await ended, reason)
    assert.ok(await tryToLock(file), 'its lock is still held')
  }))

test('nothing is started for a signal that was aborted before', async () => {
  const reason = new Error('stop')
  const running = runSqliteHere('/nowhere', ['SELECT 1'], { signal: AbortSignal.abort(reason) })
  assert.is(await running.catch((error: unknown) => error), reason)
})

test('output beyond the limit is refused, and the process that prints it ended', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const error = await failure('DM_SQLITE_OUTPUT', () =>
      runSqliteHere(file, [endlessOutput], { limit: 100_000 }),
    )
    assert.is(error.exit, 3)
    assert.ok(await tryToLock(file), 'its lock is still held')
  }))

test('output that just fits is returned whole', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const statement = ['SELECT hex(zeroblob(49999))']
    assert.is((await runSqliteHere(file, statement, { limit: 99_999 })).length, 99_999)
    await failure('DM_SQLITE_OUTPUT', () => runSqliteHere(file, statement, { limit: 99_998 }))
  }))

test('the cause of a damaged database is told by the exit code', () =>
  inFolder(async (folder) => {
    const text = path.join(folder, 'text')
    await writeFile(text, 'no database, but long enough to be one: '.repeat(100))
    await failure('DM_DATABASE_DAMAGED', () => runSqliteHere(text, ['SELECT * FROM sqlite_schema']))
    const sql = `CREATE TABLE t(a); PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = 99;`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    assert.is(
      (await failure('DM_DATABASE_DAMAGED', () => runSqliteHere(file, ['SELECT * FROM t']))).exit,
      3,
    )
  }))

test.run()
