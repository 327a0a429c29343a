import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RowsFile } from '../../../lib/diff/rows/rows-file.ts'
import { summarize } from '../../../lib/diff/rows/summarize.ts'
import type { TablePair } from '../../../lib/diff/rows/table-pair.ts'
import { Text, type Value } from '../../../lib/diff/rows/values.ts'
import type { Column, Table } from '../../../lib/diff/schema/read-schema.ts'
import { SpoolFile } from '../../../lib/diff/spool-file.ts'
import { leastBytes, literal } from '../../../lib/diff/sql/literal.ts'
import { TableSql } from '../../../lib/diff/sql/table-sql.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('values too large for what they are wanted for')

const column = (name: string): Column => ({
  name,
  type: 'BLOB',
  notNull: false,
  defaultValue: null,
  generated: false,
})
const table: Table = {
  name: 't',
  kind: 'table',
  rootPage: 2,
  sql: 'CREATE TABLE t(k BLOB PRIMARY KEY, v)',
  columns: [column('k'), column('v')],
  key: ['k'],
  declaration: null,
  meaning: '',
  withoutRowid: false,
  rowid: 'rowid',
  keyIsRowid: false,
}
const pair: TablePair = {
  before: table,
  after: table,
  columns: table.columns.map((own) => ({
    name: own.name,
    before: own,
    after: own,
    missing: null,
  })),
  key: [0],
  isMixed: false,
}
const row = (...values: Value[]) => ({ values, rowid: 1n })
const encodings = { before: 'UTF-8', after: 'UTF-8' } as const

/** No string holds its literal. */
const huge = new Uint8Array(300_000_000)

test('the least that literals take is no more than what they take', () => {
  const texts = ['', 'a', "it's", 'ä€😀', '\0', 'a\u202eb', '\n'.repeat(300)]
  for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be'] as const) {
    const encoded = texts.map((text) => {
      const bytes = Buffer.from(text, encoding === 'UTF-8' ? 'utf8' : 'utf16le')
      return new Text(encoding === 'UTF-16be' ? bytes.swap16() : bytes)
    })
    const values = [...encoded, new Text(Buffer.from([0xff])), Buffer.from([1, 2]), null, 1n, 0.5]
    for (const value of values) {
      const most = Buffer.byteLength(literal(value, encoding))
      assert.ok(leastBytes([value], encoding) <= most, literal(value, encoding))
    }
  }
  const counted = [Buffer.alloc(5), new Text(Buffer.alloc(3)), null]
  assert.is(leastBytes(counted, 'UTF-8'), 13)
  assert.is(leastBytes(counted, 'UTF-16le'), 11)
})

test('a sample is cut before its literal is made', () => {
  for (const value of [huge, new Text(huge)]) {
    const { sink, result } = summarize(pair, encodings)
    sink.inserted(row(value, null))
    sink.updated(row(null, value), row(null, 1n))
    const { appeared, changed } = result()
    const cells = [appeared[0]?.key[0], appeared[0]?.values[0]?.cell, changed[0]?.values[0]?.before]
    for (const cell of cells) {
      assert.is(cell?.isCut, true)
      assert.ok((cell?.literal.length ?? Infinity) < 300)
    }
  }
})

test('a row that no statement holds is refused before its literals are made', () =>
  inFolder(async (folder) => {
    const reason = "a row of 't' is too long for one statement"
    const told: [string, (sql: TableSql) => void][] = [
      ['new', (sql) => sql.sink().inserted(row(Buffer.alloc(1), huge))],
      ['by its key', (sql) => sql.sink().deleted(row(huge, null))],
      ['in sum', (sql) => sql.sink().inserted(row(huge.subarray(0, 9e7), huge.subarray(0, 9e7)))],
    ]
    for (const [name, tell] of told) {
      const sql = new TableSql(pair, folder, 0, 'UTF-8')
      tell(sql)
      assert.is(sql.obstacle, reason, name)
      // It is no row without a name, for which all rows would be read again.
      assert.is(sql.isWhole, false, name)
      sql.deletions.close()
      sql.insertions.close()
      assert.is(sql.deletions.bytes + sql.insertions.bytes, 0, name)
    }
    const sql = new TableSql(pair, folder, 0, 'UTF-8')
    sql.sink().deleted(row(Buffer.from([1]), huge))
    assert.is(sql.obstacle, null, 'what its key does not hold is not said of it')
    sql.deletions.close()
    sql.insertions.close()
  }))

test('of all rows, one that is too large is named before its literals are made', () =>
  inFolder(async (folder) => {
    const rows = new RowsFile(path.join(folder, 'rows'))
    const sink = rows.sink(pair, encodings)
    for (const tell of [
      () => sink.inserted(row(null, huge)),
      () => sink.deleted(row(null, huge)),
      () => sink.updated(row(null, null), row(null, huge)),
    ]) {
      const { message } = await failure('DM_DIFF_TOO_MANY', async () => tell())
      assert.match(message, "A row of 't' alone takes 572 MiB or more")
    }
    rows.close()
    assert.is(await readFile(path.join(folder, 'rows'), 'utf8'), '')
  }))

test('rows that are too many together are not written to the end', () =>
  inFolder(async (folder) => {
    const rows = new RowsFile(path.join(folder, 'rows'))
    const sink = rows.sink(pair, encodings)
    const half = row(null, new Text(Buffer.alloc(33 * 1024 ** 2, 'a')))
    sink.inserted(half)
    sink.inserted(half)
    const { message } = await failure('DM_DIFF_TOO_MANY', async () => sink.inserted(half))
    assert.match(message, 'more than 64.0 MiB')
    rows.close()
  }))

test('a long text is written as it is, a piece at a time', () =>
  inFolder(async (folder) => {
    for (const start of ['', 'a']) {
      const file = path.join(folder, `spooled${start}`)
      const spool = new SpoolFile(file)
      const texts = ['before\n', `${start}${'😀'.repeat(300_000)}\n`, 'behind\n']
      for (const text of texts) spool.write(text)
      spool.close()
      const all = await readFile(file)
      assert.ok(all.equals(Buffer.from(texts.join(''))), start)
      assert.equal([spool.bytes, spool.lines], [all.length, 3])
    }
  }))

test.run()
