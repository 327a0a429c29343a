import type { DatabaseSync } from 'node:sqlite'

/** A diff that went wrong elsewhere: two databases, and what ours says of them. */
export interface Case {
  readonly name: string
  /** Run on an empty database. */
  readonly before: Change
  /** Run on a copy of it. */
  readonly after: Change
  /** Whether the new database starts empty instead. */
  readonly fromNothing?: boolean
  /** By table: rows inserted, updated, deleted; those left out do not differ. */
  readonly rows?: Readonly<Record<string, readonly [number, number, number]>>
  /** What the schema changes are, as `change object name`; left out: not looked at. */
  readonly schema?: readonly string[]
  /** What is not compared. */
  readonly uncompared?: readonly string[]
  /** Why there is no SQL. */
  readonly noSql?: RegExp
}

type Change = string | ((db: DatabaseSync) => void)

const value = (name: string, before: string, after: string, type = ''): Case => ({
  name: `values: ${name}`,
  before: `CREATE TABLE t(k INTEGER PRIMARY KEY, v ${type}); INSERT INTO t VALUES (1, ${before}), (2, 'kept')`,
  after: `UPDATE t SET v = ${after} WHERE k = 1`,
  rows: { t: [0, 1, 0] },
})

const text = (hex: string): string => `CAST(x'${hex}' AS TEXT)`

const values: Case[] = [
  value('1 and 1.0', '1', '1.0'),
  value("1 and '1'", '1', "'1'"),
  value("1.0 and '1.0'", '1.0', "'1.0'"),
  value('0.1 + 0.2', '0.3', '0.1 + 0.2'),
  value('a denormal', '0.0', '4.9e-324'),
  value('two denormals', '4.9e-324', '1.5e-323'),
  value('Inf', '9e999', '-9e999'),
  value('0.0 and -0.0', '0.0', '-0.0'),
  value('2^63 - 1', '9223372036854775806', '9223372036854775807'),
  value('-2^63', '-9223372036854775807', '-9223372036854775808'),
  value('2^53 + 1', '9007199254740992', '9007199254740993'),
  value('2^53 + 1 as a double', '9007199254740993', '9007199254740992.0'),
  value('NUL in text', text('610062'), text('610063')),
  value('text that ends at a NUL', "'a'", text('6100')),
  value('invalid UTF-8', text('61ff'), text('61fe')),
  value('a long form of a character', text('c080'), text('c0af')),
  value('CRLF', "'a' || char(10) || 'b'", "'a' || char(13, 10) || 'b'"),
  value("'' and x''", "''", "x''"),
  value("'' and NULL", "''", 'NULL'),
  value("x'' and NULL", "x''", 'NULL'),
  value("'a' and x'61'", "'a'", "x'61'"),
  value('case under NOCASE', "'a'", "'A'", 'TEXT COLLATE NOCASE'),
  value('spaces under RTRIM', "'a'", "'a  '", 'TEXT COLLATE RTRIM'),
  value(
    'a blob that is edited in place',
    'zeroblob(100000)',
    "CAST(zeroblob(50000) || 'x' || zeroblob(49999) AS BLOB)",
  ),
  value(
    'text like SQL and like a command of the shell',
    "''",
    `'x''); DROP TABLE t; --' || char(10) || '.quit' || char(10) || '/'`,
  ),
  value('text that reads backwards', "''", "'a' || char(8238, 8232, 27, 133) || 'b'"),
  value('a million characters', "''", "printf('%.*c', 1000000, 'é')"),
  ...['UTF-16le', 'UTF-16be'].map((encoding): Case => ({
    name: `values: a database in ${encoding}`,
    before: `PRAGMA encoding='${encoding}'; CREATE TABLE "ü"(k TEXT PRIMARY KEY, v); INSERT INTO "ü" VALUES ('ä', '𝄞'), ('b', ${text('00d8')}), ('c', ${text('610000')})`,
    after: `UPDATE "ü" SET v = 'é' || char(0) WHERE k = 'ä'; UPDATE "ü" SET v = ${text('d800')} WHERE k = 'b'`,
    rows: { ü: [0, 2, 0] },
  })),
  {
    name: 'values: STRICT and ANY',
    before:
      "CREATE TABLE t(k INT PRIMARY KEY, v ANY, w INT) STRICT; INSERT INTO t VALUES (1, 1, 1), (2, '2', 2)",
    after: "UPDATE t SET v = '1' WHERE k = 1; UPDATE t SET v = 2 WHERE k = 2",
    rows: { t: [0, 2, 0] },
  },
  {
    name: 'values: a decimal as an integer',
    before: 'CREATE TABLE t(k PRIMARY KEY, v DECIMAL(10, 2)); INSERT INTO t VALUES (1, 1.5)',
    after: 'UPDATE t SET v = 1',
    rows: { t: [0, 1, 0] },
  },
]

const identity: Case[] = [
  {
    name: 'identity: NULL keys, several',
    before:
      "CREATE TABLE t(a TEXT, b TEXT, v, PRIMARY KEY (a, b)); INSERT INTO t VALUES (NULL, 'x', 1), (NULL, 'x', 1), (NULL, NULL, 2), ('k', 'x', 3)",
    after: "UPDATE t SET v = 9 WHERE rowid = 2; INSERT INTO t VALUES (NULL, 'x', 1)",
    rows: { t: [1, 0, 0] },
  },
  {
    name: 'identity: a NULL key is no key: under another rowid it is another row',
    before: "CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), ('a', 2)",
    after: 'DELETE FROM t WHERE k IS NULL; INSERT INTO t(rowid, k, v) VALUES (9, NULL, 3)',
    rows: { t: [1, 0, 1] },
  },
  {
    name: 'identity: no key, a new row at the rowid that another one had',
    before: "CREATE TABLE t(a); INSERT INTO t VALUES ('x'), ('y'), ('z')",
    after: "DELETE FROM t; INSERT INTO t VALUES ('new'), ('x'), ('y'), ('z')",
    rows: { t: [1, 0, 0] },
  },
  {
    name: 'identity: a composite WITHOUT ROWID key in another order',
    before:
      "CREATE TABLE t(a, b, c, PRIMARY KEY (c, a)) WITHOUT ROWID; INSERT INTO t VALUES (1, 'x', 2), (2, 'y', 1), (3, 'z', 0)",
    after:
      "UPDATE t SET b = 'w' WHERE a = 1; DELETE FROM t WHERE a = 3; INSERT INTO t VALUES (0, 'n', 2)",
    rows: { t: [1, 1, 1] },
  },
  {
    name: 'identity: DESC integer keys',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY DESC, v); INSERT INTO t VALUES (3, 'a'), (1, 'b'), (NULL, 'c')",
    after: "UPDATE t SET v = 'n' WHERE k = 3; DELETE FROM t WHERE k IS NULL",
    rows: { t: [0, 1, 1] },
  },
  {
    name: 'identity: no key, duplicate rows, reordered and renumbered',
    before: "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y'), (3, 'z')",
    after:
      "DELETE FROM t; INSERT INTO t(rowid, a, b) VALUES (10, 3, 'z'), (20, 1, 'x'), (30, 2, 'y'), (40, 1, 'x'), (50, 1, 'x')",
    rows: { t: [1, 0, 0] },
  },
  {
    name: 'identity: no key, a row changed under its rowid',
    before: "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (1, 'x'), (2, 'y')",
    after: "UPDATE t SET b = 'n' WHERE rowid = 2",
    rows: { t: [0, 1, 0] },
  },
  {
    name: 'identity: columns called rowid, oid and _rowid_',
    before:
      "CREATE TABLE t(rowid, oid, _rowid_); INSERT INTO t VALUES (1, 2, 3), (1, 2, 3), (4, 5, 6); CREATE TABLE u(rowid TEXT, v); INSERT INTO u VALUES ('x', 1), ('x', 1)",
    after:
      'UPDATE t SET oid = 7 WHERE _rowid_ = 6; INSERT INTO t VALUES (1, 2, 3); UPDATE u SET v = 2 WHERE oid = 2',
    rows: { t: [2, 0, 1], u: [0, 1, 0] },
  },
  {
    name: 'identity: NOCASE keys with NUL',
    before: `CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, v); INSERT INTO t VALUES (${text('610062')}, 1), (${text('620063')}, 2), ('K', 3)`,
    after: `UPDATE t SET v = 9 WHERE hex(k) = '620063'; UPDATE t SET k = 'k' WHERE v = 3`,
    rows: { t: [1, 1, 1] },
  },
  {
    name: 'identity: all key, and ADD COLUMN',
    before: 'CREATE TABLE t(a, b, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 2), (3, 4)',
    after: "ALTER TABLE t ADD COLUMN c DEFAULT 'd'",
    rows: {},
    schema: ['added column c'],
  },
  {
    name: 'identity: the key changed',
    before:
      "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, v); INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
    after:
      "CREATE TABLE n(a INTEGER, b TEXT, v, PRIMARY KEY (b)); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; UPDATE t SET v = 3 WHERE b = 'y'",
    rows: { t: [0, 1, 0] },
    schema: ['changed column a', 'changed table t'],
  },
  {
    name: 'identity: collation and order of the key changed',
    before:
      "CREATE TABLE t(a TEXT, b TEXT, v, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 'y', 1), ('X', 'z', 2)",
    after:
      "CREATE TABLE n(a TEXT COLLATE NOCASE, b TEXT, v, PRIMARY KEY (b DESC, a)) WITHOUT ROWID; INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; UPDATE t SET v = 3 WHERE b = 'y'",
    rows: { t: [0, 1, 0] },
    schema: ['changed column a', 'changed table t'],
  },
  {
    name: 'identity: TEXT keys in a reloaded file, whose rowids collide',
    before:
      "CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t(rowid, k, v) VALUES (10, 'a', 1), (20, 'b', 2), (30, 'c', 3)",
    after:
      "CREATE TABLE n(k TEXT PRIMARY KEY, v); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t; INSERT INTO t VALUES ('d', 4); UPDATE t SET v = 5 WHERE k = 'a'",
    rows: { t: [1, 1, 0] },
  },
]

const application: Case[] = [
  {
    name: 'application: UNIQUE values swapped',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY, u UNIQUE, w); CREATE UNIQUE INDEX i ON t(w); INSERT INTO t VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z')",
    after:
      "UPDATE t SET u = 'n' WHERE k = 1; UPDATE t SET u = 'a' WHERE k = 2; UPDATE t SET u = 'b' WHERE k = 3; UPDATE t SET u = 'c' WHERE k = 1; UPDATE t SET w = NULL; UPDATE t SET w = char(123 - k)",
    rows: { t: [0, 3, 0] },
  },
  {
    name: 'application: keys swapped, and in a cycle',
    before:
      "CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)",
    after:
      "UPDATE t SET k = k || k; UPDATE t SET k = CASE k WHEN 'aa' THEN 'b' WHEN 'bb' THEN 'c' ELSE 'a' END",
    rows: { t: [0, 3, 0] },
  },
  {
    name: 'application: ON CONFLICT clauses',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY ON CONFLICT REPLACE, u UNIQUE ON CONFLICT IGNORE, n NOT NULL ON CONFLICT REPLACE DEFAULT 5); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)",
    after: "DELETE FROM t; INSERT INTO t VALUES (2, 'a', 1), (1, 'b', 2), (3, 'c', 3)",
    rows: { t: [1, 2, 0] },
  },
  {
    name: 'application: triggers present',
    before:
      'CREATE TABLE t(k INTEGER PRIMARY KEY, v); CREATE TABLE log(x); INSERT INTO t VALUES (1, 1), (2, 2); CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.k); DELETE FROM t; END; CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT raise(IGNORE); END',
    after:
      'DROP TRIGGER d; DROP TRIGGER i; UPDATE t SET v = 3 WHERE k = 1; DELETE FROM t WHERE k = 2; INSERT INTO t VALUES (5, 5); CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.k); DELETE FROM t; END; CREATE TRIGGER i BEFORE INSERT ON t BEGIN SELECT raise(IGNORE); END',
    rows: { t: [1, 1, 1] },
    schema: [],
  },
  {
    name: 'application: foreign keys in a cycle, to themselves, with cascades',
    before:
      'CREATE TABLE a(k INTEGER PRIMARY KEY, b REFERENCES b ON DELETE CASCADE, up REFERENCES a ON DELETE SET NULL); CREATE TABLE b(k INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE); INSERT INTO a VALUES (1, 1, NULL), (2, 2, 1); INSERT INTO b VALUES (1, 1), (2, 2)',
    after:
      'UPDATE a SET up = 2 WHERE k = 1; UPDATE b SET a = 1 WHERE k = 2; INSERT INTO b VALUES (3, 3); INSERT INTO a VALUES (3, 3, 3)',
    rows: { a: [1, 1, 0], b: [1, 1, 0] },
  },
  {
    name: 'application: CHECK',
    before:
      'CREATE TABLE t(k INTEGER PRIMARY KEY, v CHECK (v > 0), w, CHECK (w <> v)); INSERT INTO t VALUES (1, 1, 2)',
    after: 'UPDATE t SET v = 2, w = 1; INSERT INTO t VALUES (2, 5, 6)',
    rows: { t: [1, 1, 0] },
  },
  {
    name: 'application: partial and expression indexes',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY, v, w); CREATE UNIQUE INDEX p ON t(v) WHERE w = 1; CREATE UNIQUE INDEX e ON t(lower(v), w + 1); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1), (3, 'a', 2)",
    after:
      "UPDATE t SET v = 'x' WHERE k = 1; UPDATE t SET v = 'a' WHERE k = 2; UPDATE t SET v = 'b' WHERE k = 1; DROP INDEX p; CREATE UNIQUE INDEX p ON t(v) WHERE w = 2",
    rows: { t: [0, 2, 0] },
    schema: ['changed index p'],
  },
  {
    name: 'application: generated columns, virtual and stored',
    before:
      'CREATE TABLE t(a AS (k * 2) STORED, k INTEGER PRIMARY KEY, b AS (v || a), v); CREATE INDEX i ON t(b); INSERT INTO t(k, v) VALUES (1, 1), (2, 2)',
    after: 'UPDATE t SET v = 3 WHERE k = 1; INSERT INTO t(k, v) VALUES (3, 3)',
    rows: { t: [1, 1, 0] },
  },
]

const moved = 'ALTER TABLE a RENAME TO b'
const twoTables =
  "CREATE TABLE a(k INTEGER PRIMARY KEY, v); CREATE TABLE b(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'x'), (2, 'y'); INSERT INTO b VALUES (1, 'p'), (2, 'q')"

/** Writes into the schema what this SQLite would not make. */
const forge =
  (sql: string, rename: [from: string, to: string]) =>
  (db: DatabaseSync): void => {
    db.enableDefensive(false)
    db.exec(sql)
    db.exec('PRAGMA writable_schema=ON')
    db.prepare('UPDATE sqlite_schema SET sql = replace(sql, ?, ?)').run(...rename)
    db.exec('PRAGMA writable_schema=OFF')
  }

const schema: Case[] = [
  {
    name: 'schema: a renamed column',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY, old TEXT, w); INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3)",
    after: "ALTER TABLE t RENAME old TO new; UPDATE t SET new = 'n' WHERE k = 3",
    rows: { t: [0, 1, 0] },
    schema: ['renamed column new'],
  },
  {
    name: 'schema: a column dropped, another added',
    before:
      "CREATE TABLE t(k INTEGER PRIMARY KEY, old TEXT, w); INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)",
    after: "ALTER TABLE t DROP old; ALTER TABLE t ADD new TEXT; UPDATE t SET new = 'n' WHERE k = 2",
    rows: { t: [0, 1, 0] },
    schema: ['added column new', 'removed column old'],
  },
  {
    name: 'schema: an added column makes no rows differ',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1), (2, 2)',
    after:
      "ALTER TABLE t ADD n INTEGER NOT NULL DEFAULT '7'; ALTER TABLE t ADD m; INSERT INTO t VALUES (3, 3, 3, 3)",
    rows: { t: [1, 0, 0] },
    schema: ['added column n', 'added column m'],
  },
  {
    name: 'schema: NOT NULL with a default keeps its constraint',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)',
    after: "ALTER TABLE t ADD n TEXT NOT NULL DEFAULT 'd' CHECK (n <> '')",
    rows: {},
    schema: ['added column n'],
  },
  {
    name: 'schema: a default that is no constant',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)',
    after:
      "CREATE TABLE n(k INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP); INSERT INTO n VALUES (1, NULL), (2, '2020'); DROP TABLE t; ALTER TABLE n RENAME TO t",
    rows: { t: [0, 1, 0] },
    schema: ['added column at'],
  },
  {
    name: 'schema: a renamed table',
    before:
      "CREATE TABLE a(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z'); CREATE INDEX i ON a(v)",
    after: `${moved}; UPDATE b SET v = 'n' WHERE k = 2`,
    rows: { b: [0, 1, 0] },
    schema: ['renamed table b'],
  },
  {
    name: 'schema: a renamed table that views, triggers and foreign keys still name as it was',
    before:
      "CREATE TABLE a(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z'); CREATE TABLE c(a REFERENCES a); CREATE VIEW w AS SELECT v FROM a; CREATE VIEW broken AS SELECT 1 FROM missing; CREATE TRIGGER g AFTER INSERT ON c BEGIN DELETE FROM a; END",
    after: (db) => {
      db.exec('PRAGMA legacy_alter_table=ON; ALTER TABLE a RENAME TO b')
    },
    rows: {},
    schema: ['renamed table b'],
  },
  {
    name: 'schema: rename and recreate',
    before:
      "CREATE TABLE a(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'z')",
    after: `${moved}; CREATE TABLE a(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'fresh')`,
    rows: { a: [1, 0, 0] },
    schema: ['added table a', 'renamed table b'],
  },
  {
    name: 'schema: a chain of renames',
    before: twoTables,
    after:
      'ALTER TABLE b RENAME TO c; ALTER TABLE a RENAME TO b; CREATE TABLE a(k INTEGER PRIMARY KEY, v)',
    rows: {},
    schema: ['added table a', 'renamed table b', 'renamed table c'],
  },
  {
    name: 'schema: two tables of one shape swapped by RENAME, which differ in page 1 only',
    before: twoTables,
    after: 'ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b',
    rows: {},
    schema: ['renamed table a', 'renamed table b'],
  },
  {
    name: 'schema: dropped, and created under another name: no rename without the rows',
    before: "CREATE TABLE a(k INTEGER PRIMARY KEY, v); INSERT INTO a VALUES (1, 'x'), (2, 'y')",
    after:
      "DROP TABLE a; CREATE TABLE b(k INTEGER PRIMARY KEY, v); INSERT INTO b VALUES (1, 'p'), (2, 'q')",
    rows: { a: [0, 0, 2], b: [2, 0, 0] },
    schema: ['added table b', 'removed table a'],
  },
  {
    name: 'schema: reordered columns',
    before: "CREATE TABLE t(k INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 'a', 'b')",
    after:
      'CREATE TABLE n(b, k INTEGER PRIMARY KEY, a); INSERT INTO n(k, a, b) SELECT k, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    rows: {},
    schema: ['changed table t'],
  },
  {
    name: 'schema: type only',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY, v VARCHAR(5)); INSERT INTO t VALUES (1, 1)',
    after:
      'CREATE TABLE n(k INTEGER PRIMARY KEY, v TEXT); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    rows: {},
    schema: ['changed column v'],
  },
  {
    name: 'schema: a type that makes other values',
    before: "CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 1), (2, 'x')",
    after:
      'CREATE TABLE n(k INTEGER PRIMARY KEY, v INTEGER); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    rows: { t: [0, 1, 0] },
    schema: ['changed column v'],
  },
  {
    name: 'schema: a type that reads other values from the same bytes',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY, v INTEGER); INSERT INTO t VALUES (1, 1), (2, 2)',
    after:
      'CREATE TABLE n(k INTEGER PRIMARY KEY, v REAL); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    rows: { t: [0, 2, 0] },
    schema: ['changed column v'],
  },
  {
    name: 'schema: columns that changed places, their values not',
    before:
      'CREATE TABLE t(k INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 1, 2), (2, 3, 4)',
    after:
      'CREATE TABLE n(k INTEGER PRIMARY KEY, b, a); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t',
    rows: { t: [0, 2, 0] },
    schema: ['changed table t'],
  },
  {
    name: 'schema: default, NOT NULL, CHECK, collation, generated, UNIQUE, STRICT, WITHOUT ROWID',
    before:
      'CREATE TABLE t(k INT PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f AS (a)); INSERT INTO t VALUES (1, 2, 3, 4, 5, 6)',
    after:
      'DROP TABLE t; CREATE TABLE t(k INT PRIMARY KEY, a TEXT DEFAULT 1, b TEXT NOT NULL, c TEXT CHECK (c > 0), d TEXT COLLATE NOCASE, e TEXT UNIQUE, f TEXT AS (b) STORED) STRICT, WITHOUT ROWID; INSERT INTO t VALUES (1, 2, 3, 4, 5, 6)',
    rows: {},
    schema: [
      'changed column a',
      'changed column b',
      'changed column c',
      'changed column d',
      'changed column e',
      'changed column f',
      'changed table t',
    ],
  },
  {
    name: 'schema: texts in double quotes, as old schemas have them',
    before: 'CREATE TABLE t(k INTEGER PRIMARY KEY, v)',
    after: forge(
      "CREATE TABLE u(k INTEGER PRIMARY KEY, v CHECK (v <> 'no')); INSERT INTO u VALUES (1, 'x')",
      ["'no'", '"no"'],
    ),
    rows: { u: [1, 0, 0] },
    schema: ['added table u'],
  },
  {
    name: 'schema: views on views, and triggers on them',
    before:
      'CREATE TABLE t(a, b); CREATE VIEW v AS SELECT a FROM t; CREATE VIEW w AS SELECT a FROM v; CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t(a) VALUES (new.a); END',
    after:
      'DROP VIEW v; CREATE VIEW v AS SELECT b AS a FROM t; DROP VIEW w; CREATE VIEW w AS SELECT a + 1 AS a FROM v; CREATE TRIGGER g INSTEAD OF INSERT ON w BEGIN INSERT INTO t(a) VALUES (new.a); END; CREATE TRIGGER h AFTER INSERT ON t BEGIN DELETE FROM t; END',
    rows: {},
    schema: ['changed view v', 'changed view w', 'added trigger h'],
  },
  {
    name: 'schema: user_version and application_id',
    before: 'CREATE TABLE t(a)',
    after: 'PRAGMA user_version=-5; PRAGMA application_id=77',
    rows: {},
    schema: ['changed pragma user_version', 'changed pragma application_id'],
  },
  {
    name: 'schema: the page size',
    before:
      'PRAGMA page_size=1024; CREATE TABLE t(k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 1)',
    after: 'PRAGMA page_size=8192; VACUUM; UPDATE t SET v = 2',
    rows: { t: [0, 1, 0] },
    schema: ['changed pragma page_size'],
  },
  {
    name: 'schema: the encoding',
    before:
      "PRAGMA encoding='UTF-8'; CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('ä', 'ü'), ('b', '𝄞'), ('c', x'00')",
    after:
      "PRAGMA encoding='UTF-16le'; CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES ('c', x'00'), ('b', '𝄞'), ('ä', 'u')",
    fromNothing: true,
    rows: { t: [0, 1, 0] },
    schema: ['changed pragma encoding'],
    noSql: /encoding changed from UTF-8 to UTF-16le/,
  },
]

const internal: Case[] = [
  {
    name: 'internal: sqlite_sequence',
    before:
      'CREATE TABLE t(k INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t(v) VALUES (1), (2)',
    after: 'INSERT INTO t(v) VALUES (3), (4); DELETE FROM t WHERE k = 4',
    rows: { t: [1, 0, 0], sqlite_sequence: [0, 1, 0] },
  },
  {
    name: 'internal: sqlite_stat1',
    before:
      'CREATE TABLE t(k INTEGER PRIMARY KEY, v); CREATE INDEX i ON t(v); INSERT INTO t VALUES (1, 1), (2, 1)',
    after: 'ANALYZE',
    rows: {},
    schema: [],
    uncompared: ['sqlite_stat1'],
  },
  {
    name: 'internal: sqlite_stat4 of a SQLite that has it',
    before: (db) => {
      db.enableDefensive(false)
      db.exec(
        'CREATE TABLE t(k INTEGER PRIMARY KEY); CREATE TABLE stat4(tbl, idx, neq, nlt, ndlt, sample)',
      )
      db.exec(
        "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET name = 'sqlite_stat4', tbl_name = 'sqlite_stat4', sql = replace(sql, 'stat4', 'sqlite_stat4') WHERE name = 'stat4'",
      )
    },
    after: 'INSERT INTO t VALUES (1)',
    rows: { t: [1, 0, 0] },
    uncompared: ['sqlite_stat4'],
  },
  {
    name: 'internal: FTS5 with content',
    before:
      "CREATE VIRTUAL TABLE f USING fts5(a, b); INSERT INTO f VALUES ('one two', 'x'), ('three', 'y')",
    after: "INSERT INTO f VALUES ('four', 'z'); DELETE FROM f WHERE a MATCH 'three'",
    uncompared: ['f'],
  },
  {
    name: 'internal: FTS5 without content',
    before:
      "CREATE VIRTUAL TABLE f USING fts5(a, content=''); INSERT INTO f(rowid, a) VALUES (1, 'one two')",
    after: "INSERT INTO f(rowid, a) VALUES (2, 'four')",
    uncompared: ['f'],
  },
  {
    name: 'internal: an FTS5 table that is new',
    before: 'CREATE TABLE t(a)',
    after: "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('one')",
    uncompared: ['f'],
    schema: [
      'added table f',
      ...['config', 'content', 'data', 'docsize', 'idx'].map((own) => `added table f_${own}`),
    ],
  },
  {
    name: 'internal: virtual tables that are new, beside others and an ordinary table of such a name',
    before:
      "CREATE VIRTUAL TABLE g USING fts5(a); INSERT INTO g VALUES ('one'); CREATE TABLE f_x(a); INSERT INTO f_x VALUES (1)",
    after: `CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED, tokenize = 'porter ascii', content='');
      INSERT INTO f(rowid, a, b) VALUES (7, 'walking', 1), (9, 'it''s; here', 2);
      CREATE VIRTUAL TABLE "r t" USING rtree_i32(id, x0, x1, +note); INSERT INTO "r t" VALUES (1, 2, 3, 'n');
      INSERT INTO g VALUES ('two'); INSERT INTO f_x VALUES (2)`,
    uncompared: ['f', 'g', 'r t'],
  },
  {
    name: 'internal: a virtual table that is new, beside one whose name begins with its own',
    before: `CREATE TABLE t(a); CREATE VIRTUAL TABLE f_x USING fts5(a);
      INSERT INTO f_x VALUES ('one'), ('two')`,
    after: `CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('three');
      INSERT INTO f_x VALUES ('four')`,
    uncompared: ['f', 'f_x'],
  },
  {
    name: 'internal: virtual tables that are gone, beside others and an ordinary table of such a name',
    before: `CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('one');
      CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 2, 3);
      CREATE VIRTUAL TABLE g USING fts5(a); CREATE TABLE f_x(a)`,
    after: "DROP TABLE f; DROP TABLE r; INSERT INTO g VALUES ('two'); INSERT INTO f_x VALUES (2)",
    uncompared: ['f', 'r', 'g'],
  },
  {
    name: 'internal: a virtual table that is another one now',
    before: 'CREATE VIRTUAL TABLE f USING fts5(a)',
    after: 'DROP TABLE f; CREATE VIRTUAL TABLE f USING fts5(a, b)',
    uncompared: ['f'],
    noSql: /virtual table 'f' was changed/,
  },
  {
    name: 'internal: a new virtual table of a module that may be anything',
    before: 'CREATE TABLE t(a)',
    after: forge('CREATE VIRTUAL TABLE f USING fts5(a)', ['USING fts5', 'USING fsdir']),
    uncompared: ['f'],
    noSql: /virtual table 'f' was added/,
  },
  {
    name: 'internal: a new virtual table whose declaration goes on',
    before: 'CREATE TABLE t(a)',
    after: forge('CREATE VIRTUAL TABLE f USING fts5(a)', ['(a)', '(a); DROP TABLE t; SELECT (1)']),
    uncompared: ['f'],
    noSql: /virtual table 'f' was added/,
  },
  {
    name: 'internal: rtree',
    before: 'CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 0, 1)',
    after: 'INSERT INTO r VALUES (2, 3, 4)',
    uncompared: ['r'],
  },
  {
    name: 'internal: an unknown module',
    before: forge('CREATE TABLE t(a); CREATE VIRTUAL TABLE f USING fts5(a)', [
      'USING fts5',
      'USING gone',
    ]),
    after: 'INSERT INTO t VALUES (1)',
    uncompared: ['f'],
  },
  {
    name: 'internal: a missing collation',
    before: forge(
      "CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO t VALUES ('x', 1)",
      ['NOCASE', 'GONE'],
    ),
    after: 'CREATE TABLE u(a); INSERT INTO u VALUES (1)',
    noSql: /'t' is not compared: .*no such collation sequence: GONE/,
  },
  {
    name: 'internal: a missing function',
    before: (db) => {
      db.function('gone', { deterministic: true }, (x) => x)
      db.exec(
        'CREATE TABLE t(k INTEGER PRIMARY KEY, a, CHECK (gone(a) > 0)); CREATE INDEX i ON t(gone(a)); INSERT INTO t VALUES (1, 1)',
      )
    },
    after: (db) => {
      db.function('gone', { deterministic: true }, (x) => x)
      db.exec('INSERT INTO t VALUES (2, 2)')
    },
    noSql: /unknown function: gone/,
  },
]

const laws: Case[] = [
  { name: 'laws: diff(a, a) is empty', before: twoTables, after: '', rows: {}, schema: [] },
  {
    name: 'laws: VACUUM',
    before:
      "CREATE TABLE t(a, b); INSERT INTO t(rowid, a) VALUES (5, 'x'), (9, 'y'); CREATE TABLE u(k TEXT PRIMARY KEY); INSERT INTO u(rowid, k) VALUES (7, 'a'), (3, 'b'); DELETE FROM t WHERE rowid = 5",
    after: 'VACUUM',
    rows: {},
    schema: [],
  },
  {
    name: 'laws: ANALYZE',
    before: 'CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (1)',
    after: 'ANALYZE',
    rows: {},
    schema: [],
  },
]

export const cases: readonly Case[] = [
  ...values,
  ...identity,
  ...application,
  ...schema,
  ...internal,
  ...laws,
]
