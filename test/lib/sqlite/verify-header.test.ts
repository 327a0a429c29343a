import { execFile } from 'node:child_process'
import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { verifyHeaderAt } from '../../helpers/at-path.ts'
import {
  createDatabase,
  createDatabaseWithTail,
  createTemoaDatabase,
  createTruncatedDatabase,
  createWalDatabase,
} from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/sqlite/verify-header')

async function patch(file: string, offset: number, bytes: readonly number[]): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.from(bytes), 0, bytes.length, offset)
  await handle.close()
}

test('the header of a sound database is read', () =>
  inFolder(async (folder) => {
    const sql =
      "PRAGMA page_size=1024; PRAGMA encoding='UTF-16be'; PRAGMA user_version=-7; PRAGMA application_id=42; CREATE TABLE t(a);"
    const file = await createDatabase(folder, 'a.sqlite', sql)
    const { length } = await readFile(file)
    assert.equal(await verifyHeaderAt(file), {
      bytes: length,
      pageSize: 1024,
      pageCount: length / 1024,
      reservedBytes: 0,
      encoding: 'UTF-16be',
      wal: false,
      userVersion: -7,
      applicationId: 42,
    })
  }))

test('the largest page size, stored as 1, is read', () =>
  inFolder(async (folder) => {
    const file = await createDatabase(
      folder,
      'a.sqlite',
      'PRAGMA page_size=65536; CREATE TABLE t(a)',
    )
    assert.is((await verifyHeaderAt(file)).pageSize, 65536)
  }))

test('WAL mode is seen', () =>
  inFolder(async (folder) => {
    assert.is((await verifyHeaderAt(await createWalDatabase(folder))).wal, true)
  }))

test('an empty file is refused', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'empty.sqlite')
    await writeFile(file, '')
    assert.is((await failure('DM_DATABASE_EMPTY', () => verifyHeaderAt(file))).exit, 3)
  }))

test('what is no database is named, with the way to get one', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, "o'dd.sqlite")
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'
    const cases = [
      [gzipSync('x'), 'gzip data', 'gunzip -c'],
      [pointer, 'a Git LFS pointer', 'git lfs pull --include'],
      ['PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n', 'an SQL dump', 'sqlite3 NEW.sqlite <'],
      ['id,name\n1,a\n', 'text', 'Check the path'],
      [Buffer.alloc(5000, 0xa7), 'other binary data, or an encrypted database', 'Check the path'],
    ] as const
    for (const [content, found, remedy] of cases) {
      await writeFile(file, content)
      const error = await failure('DM_DATABASE_NOT_SQLITE', () => verifyHeaderAt(file))
      assert.is(error.context.found, found)
      assert.ok(error.hint.includes(remedy), error.hint)
      if (remedy !== 'Check the path') assert.ok(error.hint.includes(`'\\''dd.sqlite'`), error.hint)
    }
  }))

test('a truncated database is refused, and how much is missing is told', () =>
  inFolder(async (folder) => {
    for (const missing of [1, 4096, 5000]) {
      const file = await createTruncatedDatabase(folder, missing)
      const error = await failure('DM_DATABASE_TRUNCATED', () => verifyHeaderAt(file))
      assert.is(error.context.missing, missing)
      assert.is(error.exit, 3)
      await rm(file)
    }
  }))

test('a file that ends inside the header is refused', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    await truncate(file, 60)
    assert.is(
      (await failure('DM_DATABASE_TRUNCATED', () => verifyHeaderAt(file))).context.missing,
      40,
    )
  }))

test('bytes after the last page are refused, a whole page of them too', () =>
  inFolder(async (folder) => {
    for (const extra of [1, 4096]) {
      const file = await createDatabaseWithTail(folder, 'x'.repeat(extra))
      assert.is(
        (await failure('DM_DATABASE_TRAILING', () => verifyHeaderAt(file))).context.extra,
        extra,
      )
      await rm(file)
    }
  }))

test('a page count that an old program left stale is not believed', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const { bytes, pageSize, pageCount } = await verifyHeaderAt(file)
    await patch(file, 28, [0, 0, 0, 1])
    await patch(file, 92, [0, 0, 0, 0])
    assert.is((await verifyHeaderAt(file)).pageCount, pageCount)
    await truncate(file, bytes - 100)
    const { context } = await failure('DM_DATABASE_TRUNCATED', () => verifyHeaderAt(file))
    assert.equal([context.missing, context.expected], [100, pageSize * pageCount])
  }))

test('a damaged header is refused', () =>
  inFolder(async (folder) => {
    const cases = [
      [16, [0x12, 0x34], 'page size'],
      [18, [9], 'versions'],
      [20, [255], undefined],
      [21, [1], 'fractions'],
      [56, [0, 0, 0, 9], 'encoding'],
    ] as const
    for (const [offset, bytes, problem] of cases) {
      const file = await createTemoaDatabase(folder, `at-${offset}.sqlite`)
      await patch(file, offset, bytes)
      if (problem === undefined) assert.is((await verifyHeaderAt(file)).reservedBytes, 255)
      else
        assert.match(
          (await failure('DM_DATABASE_HEADER', () => verifyHeaderAt(file))).message,
          problem,
        )
    }
  }))

test('a missing file, a folder and a pipe are no files to read', () =>
  inFolder(async (folder) => {
    const pipe = path.join(folder, 'pipe')
    await promisify(execFile)('mkfifo', [pipe])
    const missing = await failure('DM_FILE_MISSING', () =>
      verifyHeaderAt(path.join(folder, 'none')),
    )
    assert.is(missing.exit, 2)
    await failure('DM_FILE_NOT_REGULAR', () => verifyHeaderAt(folder))
    await failure('DM_FILE_NOT_REGULAR', () => verifyHeaderAt(pipe))
  }))

test.run()
