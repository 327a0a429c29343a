import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm.ts'
import { inFolder } from '../helpers/in-folder.ts'

const run = promisify(execFile)
const test = suite('a full disk')

test('pull keeps the old file, leaves nothing behind, and says what to do', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder, 'model.sqlite', 100_000)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    const disk = path.join(folder, 'disk')
    await mkdir(disk)
    // A disk of one MiB; mounting it needs root, as Ceph does.
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    try {
      const output = path.join(disk, 'model.sqlite')
      await writeFile(output, 'an old file')
      const expected = { exit: 1, code: 'DM_DISK_FULL' }
      await dmFailure(work.folder, ['pull', 'model.sqlite', '-o', output], expected)
      assert.is(await readFile(output, 'utf8'), 'an old file')
      assert.equal(await readdir(disk), ['model.sqlite'])
    } finally {
      await run('umount', [disk])
    }
  }))

test.run()
