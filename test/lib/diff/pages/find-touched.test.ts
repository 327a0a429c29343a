import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findTouched } from '../../../../lib/diff/pages/find-touched.ts'
import { createWalDatabase, sqlite } from '../../../helpers/databases.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { assertCovered, compare, createPair, fill, rangesOf, reasonOf, runSql } from './scene.ts'

const test = suite('lib/diff/pages/find-touched')

const table = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 5000)}`
const long = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 200, `printf('%.*c', i * 300, 'x')`)}`
const ends = '-9223372036854775808, -9223372036854775807, -2, -1, 0, 9223372036854775807'

interface Case {
  readonly name: string
  readonly sql?: string
  readonly changes: string
  /** How many rows differ. */
  readonly differing: number
  /** How many rowids may be in ranges. */
  readonly most: number
}

const cases: readonly Case[] = [
  { name: 'nothing', changes: '', differing: 0, most: 0 },
  { name: 'the header alone', changes: 'PRAGMA user_version=7', differing: 0, most: 0 },
  {
    name: 'an update',
    changes: `UPDATE t SET b = 'x' WHERE a = 2500`,
    differing: 1,
    most: 400,
  },
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
    // A split moves rows of the neighbours, too.
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
    name: 'all rows of some leaves deleted',
    changes: 'DELETE FROM t WHERE a BETWEEN 1000 AND 3000',
    differing: 2001,
    most: 2800,
  },
  { name: 'all rows deleted', changes: 'DELETE FROM t', differing: 5000, most: 5000 },
  {
    name: 'rows in a table that had none',
    sql: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b)',
    changes: fill('t', 5000),
    differing: 5000,
    most: 5000,
  },
  {
    name: 'tables without rows',
    sql: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE TABLE s(x)',
    changes: 'CREATE TABLE r(y); VACUUM',
    differing: 0,
    most: 0,
  },
  {
    name: 'the end of a value in overflow pages, overwritten in place',
    sql: long,
    changes: `UPDATE t SET b = substr(b, 1, 29999) || 'y' WHERE a = 100`,
    differing: 1,
    most: 12,
  },
  {
    name: 'the smallest and the largest rowids, and negative ones',
    sql: `${table} INSERT INTO t SELECT value, 'x' FROM json_each('[${ends}]')`,
    changes: `UPDATE t SET b = 'y' WHERE a IN (${ends})`,
    differing: 6,
    most: Number.MAX_VALUE,
  },
  {
    name: 'negative rowids alone',
    sql: `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 5000, 'i', '-i')}`,
    changes: 'UPDATE t SET b = 0 WHERE a = -2500',
    differing: 1,
    most: 500,
  },
  {
    name: 'VACUUM, which moves all pages of a packed table',
    sql: `CREATE TABLE s(x, y); ${fill('s', 900)} ${table} VACUUM;`,
    changes: 'DELETE FROM s; VACUUM',
    differing: 900,
    most: 900,
  },
  {
    name: 'a root and leaves that auto_vacuum moves',
    sql: `PRAGMA auto_vacuum=1; CREATE TABLE s(x, y); ${fill('s', 900)} ${table}`,
    changes: 'DROP TABLE s',
    differing: 0,
    most: 0,
  },
  {
    name: 'a table dropped and made again with the same rows',
    changes: `CREATE TABLE n(a INTEGER PRIMARY KEY, b); INSERT INTO n SELECT * FROM t; DROP TABLE t;
      ALTER TABLE n RENAME TO t`,
    differing: 0,
    most: 0,
  },
  {
    name: 'indexes made, changed and dropped',
    sql: `${table} CREATE INDEX i ON t(b); CREATE INDEX j ON t(b, a);`,
    changes: `DROP INDEX i; CREATE INDEX k ON t(b DESC); UPDATE t SET b = 'x' WHERE a = 9; REINDEX`,
    differing: 1,
    most: 400,
  },
  {
    name: 'what ANALYZE and AUTOINCREMENT keep',
    sql: `CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b); ${fill('t', 900)} ANALYZE`,
    changes: `INSERT INTO t(b) VALUES ('x'); ANALYZE`,
    differing: 3,
    most: 400,
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

test('two tables of the same shape that swapped their names differ in all rows', () =>
  inFolder(async (folder) => {
    const sql = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 900)}
      CREATE TABLE s(a INTEGER PRIMARY KEY, b); ${fill('s', 900, 'i', 'i + 5000')}`
    const swap = 'ALTER TABLE t RENAME TO x; ALTER TABLE s RENAME TO t; ALTER TABLE x RENAME TO s'
    const pair = createPair(folder, sql, swap)
    for (const name of ['t', 's']) assert.equal(rangesOf(pair, name), ['1-900', '5001-5900'])
    assert.is(assertCovered(pair).differing, 3600)
  }))

test('leaves that follow one another make one range, of both files', () =>
  inFolder(async (folder) => {
    const changes = `UPDATE t SET b = 'x' WHERE a BETWEEN 1000 AND 2000; DELETE FROM t WHERE a > 4990;
      INSERT INTO t VALUES (7000, 'x')`
    const ranges = rangesOf(createPair(folder, table, changes))
    assert.is(ranges.length, 2)
    assert.match(ranges[1] ?? '', /^4\d\d\d-7000$/)
  }))

test('the schema is a table like any other', () =>
  inFolder(async (folder) => {
    const { before, after } = createPair(folder, table, 'CREATE VIEW v AS SELECT 1')
    const roots = [{ before: 1, after: 1 }]
    assert.equal(findTouched(before, before, roots), [{ kind: 'ranges', ranges: [] }])
    assert.equal(findTouched(before, after, roots), [
      { kind: 'ranges', ranges: [{ first: 1n, last: 2n }] },
    ])
  }))

test('what is not stored by rowid, or is no root, is compared whole', () =>
  inFolder(async (folder) => {
    const sql = `${table} CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID`
    const { before } = createPair(folder, sql, '')
    // The roots of t and w; a leaf of t; no page at all.
    const found = findTouched(
      before,
      before,
      [2, 3, 4, 0, 99_999].map((root) => ({ before: root, after: root })),
    )
    assert.equal(
      found.map(({ kind }) => kind),
      ['ranges', 'whole', 'whole', 'whole', 'whole'],
    )
    assert.equal(found[1], { kind: 'whole', reason: 'its rows are not stored by rowid' })
  }))

test('files that say the same in other bytes are compared whole', () =>
  inFolder(async (folder) => {
    const { before, after } = createPair(folder, table, 'PRAGMA page_size=1024; VACUUM;')
    assert.is(reasonOf({ before, after }), 'the page sizes differ')
    const other = `${folder}/utf16.sqlite`
    runSql(other, `PRAGMA encoding='UTF-16le'; ${table}`)
    assert.is(reasonOf({ before, after: other }), 'the text encodings differ')
  }))

test('a large table that differs for the most part is compared whole, a small one in ranges', () =>
  inFolder(async (folder) => {
    const sql = `PRAGMA page_size=512; CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 30_000)}
      CREATE TABLE s(a INTEGER PRIMARY KEY, b); ${fill('s', 3000)}`
    const { before, after } = createPair(folder, sql, 'UPDATE t SET b = 0; UPDATE s SET b = 0')
    assert.equal(compare({ before, after }), {
      t: { kind: 'whole', reason: 'too much of it differs' },
      s: { kind: 'ranges', ranges: [{ first: 1n, last: 3000n }] },
    })
  }))

test('a log beside a file is not looked at', () =>
  inFolder(async (folder) => {
    const file = await createWalDatabase(folder)
    // The log has a table that the file itself has no page of.
    await sqlite(file, '.dbconfig no_ckpt_on_close on', 'CREATE TABLE later(a)')
    const roots = [{ before: 2, after: 2 }]
    assert.equal(findTouched(file, file, roots), [{ kind: 'ranges', ranges: [] }])
  }))

test.run()
