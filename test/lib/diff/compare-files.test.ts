import { truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareFiles } from '../../../lib/diff/compare-files.ts'
import { readRowsFile } from '../../../lib/diff/read-rows-file.ts'
import { createDatabase } from '../../helpers/databases.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('comparing two files')

test('what goes wrong is told with the names that people have for them', () =>
  inFolder(async (folder) => {
    const one = { path: await createDatabase(folder, 'a', 'CREATE TABLE t(a)'), label: 'm v1' }
    const none = { path: path.join(folder, 'none'), label: 'm v2' }
    const { message } = await failure('DM_DIFF_FAILED', () =>
      compareFiles(one, none, {}, () => undefined),
    )
    assert.match(message, "'m v1' and 'm v2' could not be compared")
    await writeFile(none.path, 'no database, but long enough to be taken for one'.repeat(100))
    const damaged = await failure('DM_DATABASE_DAMAGED', () =>
      compareFiles(one, none, {}, () => undefined),
    )
    assert.match(damaged.message, "'m v1' or 'm v2'")
  }))

test('more rows than fit into the memory are not read', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'rows')
    await writeFile(file, '')
    await truncate(file, 65 * 1024 ** 2)
    await failure('DM_DIFF_TOO_MANY', () => readRowsFile(file))
  }))

test.run()
