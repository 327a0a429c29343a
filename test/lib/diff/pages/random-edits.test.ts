import { copyFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inFolder } from '../../../helpers/in-folder.ts'
import { assertCovered, createPair, fill, type Pair, runSql } from './scene.ts'

const test = suite('lib/diff/pages/find-touched: random edits')

/** More than usual: `RUNS=10000 node test/run.ts random-edits`. */
const runs = Number(process.env['RUNS'] ?? 100)

const rowid = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -5, max: 600 }).map(String) },
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
  fc.constantFrom('9223372036854775807', '-9223372036854775807', `(-9223372036854775807 - 1)`),
)
/** Of lengths that fit on a page of every size, of one, or of none; some differ at their end only. */
const value = fc
  .tuple(fc.constantFrom(0, 1, 40, 110, 300, 470, 2000, 9000, 9001), fc.constantFrom('x', 'y'))
  .map(([length, letter]) => `(printf('%.*c', ${length}, 'x') || '${letter}')`)
const table = fc.constantFrom('t', 's', 'o', 'n')

const edit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(table, rowid, value)
      .map(
        ([name, id, text]) => `INSERT OR REPLACE INTO ${name}(rowid, b) VALUES (${id}, ${text});`,
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(table, rowid, value)
      .map(
        ([name, id, text]) =>
          `UPDATE ${name} SET b = ${text} WHERE rowid >= ${id} AND rowid < ${id} + 3;`,
      ),
  },
  {
    weight: 3,
    // SQLite overwrites a value in place where its length stays; here only overflow pages may change.
    arbitrary: fc
      .tuple(table, fc.constantFrom('x', 'y'), fc.nat(6))
      .map(
        ([name, letter, rest]) =>
          `UPDATE ${name} SET b = substr(b, 1, length(b) - 1) || '${letter}' WHERE rowid % 7 = ${rest};`,
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(table, rowid, fc.nat(200))
      .map(
        ([name, id, rows]) => `DELETE FROM ${name} WHERE rowid BETWEEN ${id} AND ${id} + ${rows};`,
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(table, fc.integer({ min: 1, max: 300 }))
      .map(
        ([name, rows]) =>
          `INSERT INTO ${name}(b) SELECT 'new ' || b FROM ${name} WHERE (SELECT max(rowid) FROM ${name}) < 1000000 LIMIT ${rows};`,
      ),
  },
  table.map((name) => `DELETE FROM ${name};`),
  table.map((name) => `DROP TABLE ${name}; CREATE TABLE ${name}(a, b);`),
  fc.constantFrom(
    'ALTER TABLE t RENAME TO x; ALTER TABLE s RENAME TO t; ALTER TABLE x RENAME TO s;',
    'VACUUM;',
    'PRAGMA incremental_vacuum(5);',
    'CREATE INDEX IF NOT EXISTS i ON o(b);',
    'DROP INDEX IF EXISTS j;',
    `INSERT INTO w SELECT b, a FROM o WHERE true ON CONFLICT DO NOTHING;`,
    'DELETE FROM w;',
    'CREATE TABLE IF NOT EXISTS many(x); CREATE VIEW IF NOT EXISTS v AS SELECT * FROM many;',
  ),
)

const database: fc.Arbitrary<Made> = fc.record({
  pageSize: fc.constantFrom(512, 1024, 4096),
  autoVacuum: fc.constantFrom(0, 1, 2),
  earlier: fc.array(edit, { maxLength: 4 }),
})

interface Made {
  readonly pageSize: number
  readonly autoVacuum: number
  readonly earlier: readonly string[]
}

function createSql({ pageSize, autoVacuum, earlier }: Made): string {
  return `PRAGMA page_size=${pageSize}; PRAGMA auto_vacuum=${autoVacuum};
    CREATE TABLE t(a INTEGER PRIMARY KEY, b); CREATE TABLE s(a INTEGER PRIMARY KEY, b);
    CREATE TABLE o(a INTEGER PRIMARY KEY AUTOINCREMENT, b); CREATE TABLE n(a, b);
    CREATE TABLE w(a PRIMARY KEY, b) WITHOUT ROWID; CREATE INDEX j ON t(b); CREATE INDEX k ON n(b);
    ${fill('t', 400)} ${fill('s', 500)} ${fill('n', 300)}
    ${fill('o', 60, `printf('%.*c', i * i * 3, 'x') || 'z'`)} ${earlier.join('\n')}`
}

async function withPair(sql: string, changes: string, body: (pair: Pair) => void): Promise<void> {
  await inFolder(async (folder) => body(createPair(folder, sql, changes)))
}

test('every row that differs is in a range, and no sound file is in doubt', async () => {
  await fc.assert(
    fc.asyncProperty(database, fc.array(edit, { maxLength: 6 }), (made, edits) =>
      withPair(createSql(made), edits.join('\n'), (pair) => {
        assert.is(assertCovered(pair).whole, 0)
      }),
    ),
    { numRuns: runs },
  )
})

test('of a large table, a few edits touch a few leaves', () =>
  inFolder(async (folder) => {
    // A leaf has some 300 rows, every other rowid; a split spreads those of three over four.
    const mostOfEach = 2500
    const rows = `CREATE TABLE t(a INTEGER PRIMARY KEY, b); ${fill('t', 20_000, `'row ' || i`, 'i * 2')}`
    const pair = createPair(folder, rows, '')
    const key = fc.integer({ min: 1, max: 40_100 })
    const small = fc.oneof(
      key.map((id) => `UPDATE t SET b = 'changed' WHERE a = ${id} - ${id} % 2;`),
      key.map((id) => `INSERT OR IGNORE INTO t VALUES (${id}, 'new');`),
      key.map((id) => `DELETE FROM t WHERE a BETWEEN ${id} AND ${id} + 3;`),
    )
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 5 }), (edits) => {
        copyFileSync(pair.before, pair.after)
        runSql(pair.after, edits.join(''))
        const { touched, whole } = assertCovered(pair)
        assert.is(whole, 0)
        assert.ok(touched <= mostOfEach * edits.length, `${touched} rowids are touched`)
      }),
      { numRuns: Math.ceil(runs / 4) },
    )
  }))

test.run()
