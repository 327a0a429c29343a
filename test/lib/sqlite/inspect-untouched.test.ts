import { writeFileSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hashFileAt, inspectDatabaseAt } from '../../helpers/at-path.ts'
import {
  createDatabaseWithHotJournal,
  createDatabaseWithLog,
  createTemoaDatabase,
  createWalDatabase,
} from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { withoutPrivileges } from '../../helpers/without-privileges.ts'

const test = suite('lib/sqlite/inspect-database: the file is only read')

/** What would change if anything were written to the file or beside it, even if removed again. */
async function snapshot(file: string): Promise<unknown> {
  const folder = path.dirname(file)
  const { mtimeNs, ctimeNs } = await stat(folder, { bigint: true })
  const { sha256, identity } = await hashFileAt(file)
  return { names: (await readdir(folder)).toSorted(), mtimeNs, ctimeNs, sha256, identity }
}

test('nothing is written to a database or beside it, in WAL mode or not', () =>
  inFolder(async (folder) => {
    for (const create of [createTemoaDatabase, createWalDatabase]) {
      const file = await create(folder)
      const before = await snapshot(file)
      await inspectDatabaseAt(file)
      assert.equal(await snapshot(file), before)
    }
  }))

test('a database in a folder that cannot be written to is read, in WAL mode or not', () =>
  inFolder(async (folder) => {
    const files = [await createTemoaDatabase(folder), await createWalDatabase(folder)]
    for (const file of files) await chmod(file, 0o444)
    await chmod(folder, 0o555)
    try {
      for (const file of files) {
        const before = await snapshot(file)
        const { tables } = await withoutPrivileges(() => inspectDatabaseAt(file))
        assert.ok(tables.some(({ rows }) => rows === 2))
        assert.equal(await snapshot(file), before)
      }
    } finally {
      await chmod(folder, 0o755)
    }
  }))

test('a log or a hot journal beside it is refused, and stays as it is', () =>
  inFolder(async (folder) => {
    for (const create of [createDatabaseWithLog, createDatabaseWithHotJournal]) {
      const file = await create(folder)
      const before = await snapshot(file)
      await failure('DM_DATABASE_JOURNAL', () => inspectDatabaseAt(file))
      assert.equal(await snapshot(file), before)
    }
  }))

test('a path that a URI, a shell or SQLite could misread is read as it is', () =>
  inFolder(async (folder) => {
    const names = [
      'a?mode=rwc.sqlite',
      'b#c.sqlite',
      'd%41e.sqlite',
      `it's "q" $HOME \`id\`;.sqlite`,
      'line\nend.sqlite',
      '-readonly',
      'file:x?immutable=1',
    ]
    for (const create of [createTemoaDatabase, createWalDatabase]) {
      const made = await create(folder)
      for (const name of names) {
        const odd = path.join(folder, name)
        await rename(made, odd)
        assert.ok(
          (await inspectDatabaseAt(odd)).tables.some(({ rows }) => rows === 2),
          name,
        )
        await rename(odd, made)
      }
    }
  }))

test('a link is followed to the real file, beside which a log counts', () =>
  inFolder(async (folder) => {
    const link = path.join(folder, 'elsewhere', 'link.sqlite')
    await mkdir(path.dirname(link))
    const file = await createTemoaDatabase(folder)
    await symlink(file, link)
    assert.is((await inspectDatabaseAt(link)).tables.length, 4)
    await writeFile(`${file}-wal`, 'frames')
    const error = await failure('DM_DATABASE_JOURNAL', () => inspectDatabaseAt(link))
    assert.is(error.context.file, file)
  }))

test('a database that is written to meanwhile is refused', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const report = (): void => writeFileSync(`${file}-journal`, 'hot')
    await failure('DM_DATABASE_JOURNAL', () => inspectDatabaseAt(file, { report }))
  }))

test('a database that is replaced meanwhile is refused', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const other = await createTemoaDatabase(folder, 'other.sqlite')
    let replaced: Promise<void> | undefined
    const report = (): void => void (replaced ??= rename(other, file))
    await failure('DM_FILE_CHANGED', () => inspectDatabaseAt(file, { report }))
    await replaced
  }))

test('an inspection that is aborted throws the reason', () =>
  inFolder(async (folder) => {
    const file = await createTemoaDatabase(folder)
    const controller = new AbortController()
    const reason = new Error('stop')
    const inspection = inspectDatabaseAt(file, {
      signal: controller.signal,
      report: () => controller.abort(reason),
    })
    assert.is(await inspection.catch((error: unknown) => error), reason)
  }))

test.run()
