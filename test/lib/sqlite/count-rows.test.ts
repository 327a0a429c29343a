import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countRows } from '../../../lib/sqlite/ask-tables.ts'
import { createDatabase } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('countRows')
const { env } = process

/** SQL for a table with that many rows. */
function table(name: string, rows: number): string {
  return `CREATE TABLE "${name}"(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    INSERT INTO "${name}" SELECT i FROM n LIMIT ${rows};`
}

test('each of hundreds of tables gets its own count, also where they need several calls', () =>
  inFolder(async (folder) => {
    const names = Array.from({ length: 300 }, (_, index) => `t${index}_${'x'.repeat(500)}`)
    const sql = names.map((name, index) => table(name, index % 7)).join('\n')
    const script = path.join(folder, 'script')
    await writeFile(script, `BEGIN; ${sql} COMMIT;`)
    const file = await createDatabase(folder, 'a.sqlite', `.read ${script}`)
    assert.equal(
      [...(await countRows(file, names, { env }))],
      names.map((name, index) => [name, index % 7]),
    )
  }))

test('a table that cannot be counted is null, and the others are counted all the same', () =>
  inFolder(async (folder) => {
    const names = ['a', 'b', 'own', 'c', 'd', 'own2', 'e']
    // A table without rowid is itself an index, and this one is sorted as only its program knows.
    const sql = names.map((name, index) =>
      name.startsWith('own')
        ? `CREATE TABLE "${name}"(a PRIMARY KEY COLLATE binary) WITHOUT ROWID;`
        : table(name, index),
    )
    sql.push(`PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'binary', 'own_order');`)
    const file = await createDatabase(folder, 'a.sqlite', sql.join('\n'))
    const counts = await countRows(file, names, { env })
    assert.equal(Object.fromEntries(counts), {
      a: 0,
      b: 1,
      own: null,
      c: 3,
      d: 4,
      own2: null,
      e: 6,
    })
  }))

test('an index that lacks entries is not taken for the rows of its table', () =>
  inFolder(async (folder) => {
    // Smaller than the table: SQLite would count its entries.
    const sql = `CREATE TABLE t(a, b, c, d, e); INSERT INTO t(a) VALUES (1), (2), (9);
      CREATE INDEX i ON t(a) WHERE a > 8; PRAGMA writable_schema=ON;
      UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t(a)' WHERE name = 'i';`
    const file = await createDatabase(folder, 'a.sqlite', sql)
    assert.is((await countRows(file, ['t'], { env })).get('t'), 3)
  }))

test('no table needs no call', async () => {
  assert.is((await countRows('/nowhere/at all', [], { env })).size, 0)
})

test('a failure that is not about one table is no null', () =>
  inFolder(async (folder) => {
    const file = await createDatabase(folder, 'a.sqlite', table('t', 1))
    await failure('DM_SQLITE_OUTPUT', () => countRows(file, ['t'], { env, limit: 1 }))
    const reason = new Error('stop')
    const counting = countRows(file, ['t'], { env, signal: AbortSignal.abort(reason) })
    assert.is(await counting.catch((error: unknown) => error), reason)
  }))

test.run()
