import { execFile } from 'node:child_process'
import { appendFile, truncate } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs SQL or dot-commands on a database with the sqlite3 command; returns what it prints. */
export async function sqlite(file: string, ...statements: string[]): Promise<string> {
  const { stdout } = await run('sqlite3', ['-batch', '-init', '/dev/null', file, ...statements])
  return stdout
}

/** Else each statement waits for the disk. */
const atOnce = 'PRAGMA synchronous=OFF;'

/** Makes a database in a folder from SQL; returns its path. */
export async function createDatabase(folder: string, name: string, sql: string): Promise<string> {
  const file = path.join(folder, name)
  await sqlite(file, atOnce, sql)
  return file
}

const temoaSchema = `
  CREATE TABLE MetaData(element TEXT PRIMARY KEY, value INT, notes TEXT);
  INSERT INTO MetaData VALUES ('DB_MAJOR', 3, ''), ('DB_MINOR', 1, '');
  CREATE TABLE Region(region TEXT PRIMARY KEY, notes TEXT);
  INSERT INTO Region VALUES ('north', 'wind'), ('south', 'sun');
  CREATE TABLE Technology(tech TEXT PRIMARY KEY, flag TEXT NOT NULL, sector TEXT);
  INSERT INTO Technology VALUES ('E_WIND', 'p', 'electric'), ('E_SUN', 'p', 'electric');
  CREATE TABLE CostVariable(
    region TEXT, period INTEGER, tech TEXT REFERENCES Technology(tech), cost REAL DEFAULT 0.5,
    PRIMARY KEY (region, period, tech)
  ) WITHOUT ROWID;
  CREATE INDEX cost_by_tech ON CostVariable(tech);
  CREATE VIEW Capacity AS SELECT region, tech FROM Region, Technology;`

/** A small database like those of Temoa; `rows` of cost make it larger. */
export function createTemoaDatabase(
  folder: string,
  name = 'temoa.sqlite',
  rows = 3,
): Promise<string> {
  const costs = `
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO CostVariable SELECT 'north', 2000 + i, 'E_WIND', i / 3.0 FROM n;`
  return createDatabase(folder, name, temoaSchema + costs)
}

/** A database in WAL mode whose log was written back: nothing lies beside it. */
export function createWalDatabase(folder: string, name = 'wal.sqlite'): Promise<string> {
  const sql = 'PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (1), (2);'
  return createDatabase(folder, name, sql)
}

/** A database whose newest rows are still in the log beside it. */
export async function createDatabaseWithLog(folder: string, name = 'log.sqlite'): Promise<string> {
  const file = await createWalDatabase(folder, name)
  await sqlite(file, '.dbconfig no_ckpt_on_close on', 'INSERT INTO t VALUES (3)')
  return file
}

/** A database whose last transaction was cut off, with the journal to take it back beside it. */
export async function createDatabaseWithHotJournal(
  folder: string,
  name = 'hot.sqlite',
): Promise<string> {
  const file = await createTemoaDatabase(folder, name)
  const update = 'BEGIN IMMEDIATE; UPDATE Region SET notes = zeroblob(9000);'
  // The shell's parent is sqlite3 itself: it dies in the middle of the transaction.
  await sqlite(file, 'PRAGMA cache_size=1', update, '.shell kill -9 $PPID').catch(() => undefined)
  return file
}

/** A database without its last bytes. */
export async function createTruncatedDatabase(folder: string, missing: number): Promise<string> {
  const file = await createTemoaDatabase(folder, 'truncated.sqlite', 2000)
  const pages = Number(await sqlite(file, 'PRAGMA page_count'))
  await truncate(file, pages * 4096 - missing)
  return file
}

/** A database with bytes after its last page. */
export async function createDatabaseWithTail(folder: string, tail: string): Promise<string> {
  const file = await createTemoaDatabase(folder, 'tail.sqlite')
  await appendFile(file, tail)
  return file
}
