import { execFile } from 'node:child_process'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import { verifyNoJournal } from '../../../lib/sqlite/verify-no-journal.ts'
import { hashFileAt } from '../../helpers/at-path.ts'
import {
  createDatabase,
  createDatabaseWithHotJournal,
  createDatabaseWithLog,
  createTemoaDatabase,
  createWalDatabase,
  sqlite,
} from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite/verify-no-journal')

function journalError(file: string): Promise<DmError<'DM_DATABASE_JOURNAL'>> {
  return failure('DM_DATABASE_JOURNAL', () => verifyNoJournal(file))
}

/** The command of a hint, run as the user would; the copy that it leaves. */
async function runRemedy(hint: string, file: string): Promise<string> {
  const cwd = path.dirname(file)
  await promisify(execFile)('sh', ['-c', hint.slice(hint.indexOf('mkdir '))], { cwd })
  return path.join(cwd, 'COPY', path.basename(file))
}

test('a log with changes is refused, and the remedy makes a whole copy', () =>
  inFolder(async (folder) => {
    const file = await createDatabaseWithLog(folder, `it's a "log" $HOME.sqlite`)
    const error = await journalError(file)
    assert.is(error.exit, 3)
    assert.is(error.context.journal, `${file}-wal`)
    assert.is(error.context.bytes, (await stat(`${file}-wal`)).size)
    const before = await hashFileAt(file)
    const copy = await runRemedy(error.hint, file)
    await verifyNoJournal(copy)
    assert.is(await sqlite(copy, 'SELECT count(*) FROM t'), '3\n')
    assert.is((await hashFileAt(file)).sha256, before.sha256)
    await journalError(file)
  }))

test('a hot journal is refused, and the remedy makes a whole copy', () =>
  inFolder(async (folder) => {
    const file = await createDatabaseWithHotJournal(folder)
    const error = await journalError(file)
    assert.is(error.context.journal, `${file}-journal`)
    const copy = await runRemedy(error.hint, file)
    await verifyNoJournal(copy)
    assert.is(await sqlite(copy, 'SELECT notes FROM Region'), 'wind\nsun\n')
    await journalError(file)
  }))

test('no journal, an empty one, and a finished one are fine', () =>
  inFolder(async (folder) => {
    await verifyNoJournal(await createTemoaDatabase(folder))
    await verifyNoJournal(await createWalDatabase(folder))
    const emptied = await createTemoaDatabase(folder, 'emptied.sqlite')
    await writeFile(`${emptied}-wal`, '')
    await writeFile(`${emptied}-journal`, '')
    await verifyNoJournal(emptied)
    const sql = 'PRAGMA journal_mode=PERSIST; CREATE TABLE t(a); INSERT INTO t VALUES (1);'
    const persistent = await createDatabase(folder, 'persistent.sqlite', sql)
    assert.ok((await stat(`${persistent}-journal`)).size > 0)
    await verifyNoJournal(persistent)
  }))

test('a pipe or a folder of that name is no journal', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    await promisify(execFile)('mkfifo', [`${file}-journal`])
    await mkdir(path.join(`${file}-wal`, 'x'), { recursive: true })
    await verifyNoJournal(file)
  }))

test.run()
