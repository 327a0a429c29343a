import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inFolder } from '../../../helpers/in-folder.ts'
import { assertCovered, createPair, fill, rangesOf, reasonOf } from './scene.ts'

const test = suite('lib/diff/pages/find-touched')

const table = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 5000)}`

interface Case {
  readonly name: string
  readonly sql?: string
  readonly changes: string
  /** Rows that differ, as the test expects them. */
  readonly differing: number
  /** Rowids that may be in ranges at most. */
  readonly most: number
}

const cases: readonly Case[] = [
  { name: 'nothing', changes: '', differing: 0, most: 0 },
  { name: 'an update', changes: `UPDATE t SET b = 'x' WHERE a = 2500`, differing: 1, most: 400 },
  {
    name: 'an insert at the end',
    changes: `INSERT INTO t VALUES (5001, 'x')`,
    differing: 1,
    most: 400,
  },
  { name: 'deletes', changes: 'DELETE FROM t WHERE a IN (7, 4000)', differing: 2, most: 800 },
  {
    name: 'a leaf that is split',
    changes: `UPDATE t SET b = hex(zeroblob(900)) WHERE a = 2500`,
    differing: 1,
    // A split looks at the neighbours, too.
    most: 1000,
  },
  {
    name: 'rows that are pushed on to other leaves',
    sql: `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 5000, `'row ' || i`, 'i * 10')}`,
    changes: fill('t', 300, `hex(randomblob(20))`, '20001 + 10 * i'),
    differing: 300,
    most: 10_000,
  },
  {
    name: 'all rows of leaves deleted',
    changes: 'DELETE FROM t WHERE a BETWEEN 1000 AND 3000',
    differing: 2001,
    most: 2800,
  },
  { name: 'all rows deleted', changes: 'DELETE FROM t', differing: 5000, most: 5000 },
  {
    name: 'VACUUM of a packed table',
    sql: `CREATE TABLE s(x, y); ${fill('s', 900)} ${table} VACUUM;`,
    changes: `DELETE FROM s; VACUUM`,
    differing: 900,
    most: 900,
  },
]

for (const { name, sql = table, changes, differing, most } of cases) {
  test(`${name}: what differs is in ranges, and little else`, () =>
    inFolder(async (folder) => {
      const found = assertCovered(createPair(folder, sql, changes))
      assert.equal([found.differing, found.whole], [differing, 0])
      assert.ok(found.touched <= most, `${found.touched} rowids are touched`)
    }))
}

test('different page sizes', () =>
  inFolder(async (folder) => {
    const pair = createPair(folder, table, 'PRAGMA page_size=1024; VACUUM;')
    assert.is(reasonOf(pair), 'the page sizes differ')
  }))

test('two tables of the same shape that swapped their names differ in all rows', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 900)}
      CREATE TABLE s(a INTEGER PRIMARY KEY, b); ${fill('s', 900, 'i')}`
    const pair = createPair(
      folder,
      sql,
      'ALTER TABLE t RENAME TO x; ALTER TABLE s RENAME TO t; ALTER TABLE x RENAME TO s',
    )
    assert.equal(rangesOf(pair), ['1-900'])
    assert.is(assertCovered(pair).differing, 1800)
  }))

test.run()
