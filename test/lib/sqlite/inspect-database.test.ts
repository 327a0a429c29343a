import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DatabaseInspection } from '../../../lib/sqlite/inspect-database.ts'
import type { Table } from '../../../lib/sqlite/read-schema.ts'
import { inspectDatabaseAt } from '../../helpers/at-path.ts'
import { createDatabase, createTemoaDatabase } from '../../helpers/databases.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite/inspect-database')

/** Makes a database from SQL and inspects it. */
async function inspect(
  sql: string,
  body: (inspection: DatabaseInspection) => Promise<void> | void,
): Promise<void> {
  await inFolder(async (folder) => {
    await body(await inspectDatabaseAt(await createDatabase(folder, 'a.sqlite', sql)))
  })
}

function tableOf({ tables }: DatabaseInspection, name: string): Table {
  const table = tables.find((candidate) => candidate.name === name)
  if (table === undefined) throw new Error(`no table ${name}`)
  return table
}

test('tables are listed by name with the rows that they have', () =>
  inFolder(async (folder) => {
    const { tables, bytes, pageSize, pageCount } = await inspectDatabaseAt(
      await createTemoaDatabase(folder, 'temoa.sqlite', 1234),
    )
    assert.equal(
      tables.map(({ name, rows, kind }) => [name, rows, kind]),
      [
        ['CostVariable', 1234, 'table'],
        ['MetaData', 2, 'table'],
        ['Region', 2, 'table'],
        ['Technology', 2, 'table'],
      ],
    )
    assert.is(bytes, pageSize * pageCount)
  }))

test('the log of the header is not part of what is told', () =>
  inspect('CREATE TABLE t(a)', (inspection) => {
    assert.not.ok('wal' in inspection)
  }))

test('columns are told with type, NOT NULL, default and place in the primary key', () =>
  inspect(
    `CREATE TABLE t(a INTEGER NOT NULL DEFAULT (1 + 1), b TEXT DEFAULT 'it''s', "c d", e BLOB DEFAULT NULL,
       PRIMARY KEY (b, a));`,
    (inspection) => {
      const none = { notNull: false, defaultValue: null, primaryKey: 0, generated: false }
      assert.equal(tableOf(inspection, 't').columns, [
        {
          ...none,
          name: 'a',
          type: 'INTEGER',
          notNull: true,
          defaultValue: '1 + 1',
          primaryKey: 2,
        },
        { ...none, name: 'b', type: 'TEXT', defaultValue: `'it''s'`, primaryKey: 1 },
        { ...none, name: 'c d', type: '' },
        { ...none, name: 'e', type: 'BLOB', defaultValue: 'NULL' },
      ])
    },
  ))

test('generated columns are marked, the stored and the virtual ones', () =>
  inspect(
    'CREATE TABLE t(a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c INT AS (a + 1) VIRTUAL)',
    (inspection) => {
      assert.equal(
        tableOf(inspection, 't').columns.map(({ name, generated }) => [name, generated]),
        [
          ['a', false],
          ['b', true],
          ['c', true],
        ],
      )
    },
  ))

test('WITHOUT ROWID and STRICT are told', () =>
  inspect(
    `CREATE TABLE plain(a); CREATE TABLE w(a PRIMARY KEY) WITHOUT ROWID;
     CREATE TABLE s(a INT) STRICT; CREATE TABLE ws(a INT PRIMARY KEY) STRICT, WITHOUT ROWID;
     INSERT INTO ws VALUES (1);`,
    ({ tables }) => {
      assert.equal(
        tables.map(({ name, withoutRowid, strict, rows }) => [name, withoutRowid, strict, rows]),
        [
          ['plain', false, false, 0],
          ['s', false, true, 0],
          ['w', true, false, 0],
          ['ws', true, true, 1],
        ],
      )
    },
  ))

test('indexes, views and triggers are told in the order of their creation, with their SQL', () =>
  inspect(
    `CREATE TABLE t(a UNIQUE, b); CREATE VIEW v AS SELECT a FROM t;
     CREATE INDEX i ON t(b) WHERE b > 1;
     CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;`,
    ({ schema }) => {
      assert.equal(schema, [
        { type: 'table', name: 't', table: 't', sql: 'CREATE TABLE t(a UNIQUE, b)' },
        { type: 'index', name: 'sqlite_autoindex_t_1', table: 't', sql: null },
        { type: 'view', name: 'v', table: 'v', sql: 'CREATE VIEW v AS SELECT a FROM t' },
        { type: 'index', name: 'i', table: 't', sql: 'CREATE INDEX i ON t(b) WHERE b > 1' },
        {
          type: 'trigger',
          name: 'g',
          table: 't',
          sql: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END',
        },
      ])
    },
  ))

test('a virtual table is named but not run; what it keeps is in its shadow tables', () =>
  inspect(
    `CREATE VIRTUAL TABLE note USING fts5(body); INSERT INTO note VALUES ('wind'), ('sun');
     CREATE VIRTUAL TABLE box USING rtree(id, x0, x1); INSERT INTO box VALUES (1, 0, 1);`,
    (inspection) => {
      const { kind, rows, columns } = tableOf(inspection, 'note')
      assert.equal([kind, rows, columns], ['virtual', null, []])
      const shadow = tableOf(inspection, 'note_content')
      assert.equal([shadow.kind, shadow.rows], ['shadow', 2])
      assert.ok(shadow.columns.length > 0)
      assert.equal(
        inspection.tables.filter((table) => table.kind === 'virtual').map(({ name }) => name),
        ['box', 'note'],
      )
      assert.is(tableOf(inspection, 'box_node').kind, 'shadow')
    },
  ))

test(`SQLite's own tables are in the schema, not among the tables`, () =>
  inspect(
    'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t DEFAULT VALUES; ANALYZE;',
    ({ schema, tables }) => {
      assert.equal(
        tables.map(({ name }) => name),
        ['t'],
      )
      const names = schema.map(({ name }) => name)
      assert.ok(names.includes('sqlite_sequence') && names.includes('sqlite_stat1'), String(names))
    },
  ))

test('an empty database has no tables', () =>
  inspect('CREATE TABLE t(a); DROP TABLE t;', ({ schema, tables }) => {
    assert.equal([schema, tables], [[], []])
  }))

test('names and SQL are read in either byte order of UTF-16', async () => {
  for (const encoding of ['UTF-16le', 'UTF-16be', 'UTF-8'] as const) {
    const sql = `PRAGMA encoding='${encoding}'; CREATE TABLE "Maß 漢字 😀"("größe €" "typ ß" DEFAULT 'ö');
      INSERT INTO "Maß 漢字 😀" VALUES (1);`
    await inspect(sql, (inspection) => {
      assert.is(inspection.encoding, encoding)
      const { columns, rows } = tableOf(inspection, 'Maß 漢字 😀')
      assert.is(rows, 1)
      assert.equal(
        columns.map(({ name, type, defaultValue }) => [name, type, defaultValue]),
        [['größe €', 'typ ß', `'ö'`]],
      )
      assert.match(inspection.schema[0]?.sql ?? '', '"größe €"')
    })
  }
})

test('names with quotes, line ends, separators and SQL in them are told as they are', async () => {
  const names = [
    'a"b',
    `it's`,
    'a\nb',
    'a\r\nobject|table|x',
    'a|b|c',
    `"; DROP TABLE x; --`,
    '.shell id',
    '-',
    ' ',
    '%s $HOME `id` $(id)',
    "x');SELECT 'object",
  ]
  const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
  const sql = names.map(
    (name) =>
      `CREATE TABLE ${quote(name)}(${quote(`${name} c`)}); INSERT INTO ${quote(name)} VALUES (1);`,
  )
  await inspect(sql.join('\n'), ({ tables }) => {
    assert.equal(
      tables.map(({ name, rows, columns }) => [name, rows, columns.map((column) => column.name)]),
      names.toSorted().map((name) => [name, 1, [`${name} c`]]),
    )
  })
})

test('text after a NUL is part of the SQL that is told', () =>
  inspect(
    `CREATE TABLE t(a); PRAGMA writable_schema=ON;
     UPDATE sqlite_schema SET sql = sql || char(0) || 'after' WHERE name = 't';`,
    ({ schema }) => {
      assert.is(schema[0]?.sql, 'CREATE TABLE t(a)\0after')
    },
  ))

test('a value with a NUL or a line end in it does not disturb the count', () =>
  inspect(
    `CREATE TABLE t(a); INSERT INTO t VALUES (char(0)), (char(10)), ('x|y');`,
    (inspection) => {
      assert.is(tableOf(inspection, 't').rows, 3)
    },
  ))

test('what is being done is reported', () =>
  inFolder(async (folder) => {
    const reports: string[] = []
    await inspectDatabaseAt(await createTemoaDatabase(folder), {
      report: (what) => void reports.push(what),
    })
    assert.is(reports.length, 2)
    assert.match(reports[1] ?? '', '4 tables')
  }))

test.run()
