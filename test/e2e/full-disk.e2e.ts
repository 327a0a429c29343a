import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase, sqlite } from '../helpers/databases.ts'
import { receiveObject } from '../../lib/store/receive-object.ts'
import type { ReadableStore } from '../../lib/store/store.ts'
import { dmFailure, dmJson } from '../helpers/dm.ts'
import { failure } from '../helpers/failure.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { createLargeDatabase } from '../helpers/large-database.ts'
import { sampleBytes } from '../lib/store/conformance/store-fixture.ts'
import { onObject } from '../lib/store/receive-scene.ts'

const run = promisify(execFile)
const test = suite('a full disk')

/** Runs a test body with a disk of one MiB; mounting it needs root, as Ceph does. */
async function onSmallDisk(folder: string, body: (disk: string) => Promise<void>): Promise<void> {
  const disk = path.join(folder, 'disk')
  await mkdir(disk)
  await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
  try {
    await body(disk)
  } finally {
    await run('umount', [disk])
  }
}

test('pull keeps the old file, leaves nothing behind, and says what to do', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder, 'model.sqlite', 100_000)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    await dmJson(work.folder, ['publish'])
    await onSmallDisk(folder, async (disk) => {
      const output = path.join(disk, 'model.sqlite')
      await writeFile(output, 'an old file')
      const expected = { exit: 1, code: 'DM_DISK_FULL' }
      await dmFailure(work.folder, ['pull', 'model.sqlite', '-o', output], expected)
      assert.is(await readFile(output, 'utf8'), 'an old file')
      assert.equal(await readdir(disk), ['model.sqlite'])
    })
  }))

test('publish leaves out what it would make in temporary files, and nothing else', () =>
  inFolder(async (folder) => {
    const { work, merge, manifest } = await createDataRepository(folder)
    const file = await createLargeDatabase(path.join(folder, 'model.sqlite'), 5)
    const propose = async (version: string): Promise<string> => {
      const { staged } = await dmJson(work.folder, ['prepare', 'model.sqlite', file])
      await merge(`data/model-${version}`)
      return (staged as { form: string }).form
    }
    await propose('v1')
    await dmJson(work.folder, ['publish'])
    await sqlite(file, "INSERT INTO Technology VALUES ('new')")
    assert.is(await propose('v2'), 'delta')
    await onSmallDisk(folder, async (disk) => {
      await dmJson(work.folder, ['publish'], { env: { TMPDIR: disk } })
      assert.equal(await readdir(disk), [])
    })
    const [published] = (await manifest())[0]?.history ?? []
    assert.is.not(published?.['delta'], undefined)
    assert.is(published?.['compressedBytes'], undefined)
  }))

test('a disk that becomes full meanwhile has the room again that the bytes took', () =>
  onObject(sampleBytes(700_000), ({ store, expected, folder }) =>
    onSmallDisk(folder, async (disk) => {
      const open: ReadableStore['open'] = async (...request) => {
        await writeFile(path.join(disk, 'other'), Buffer.alloc(600_000))
        return store.open(...request)
      }
      const file = path.join(disk, 'model.sqlite')
      const error = await failure('DM_DISK_FULL', () =>
        receiveObject({ ...store, open }, expected, file),
      )
      assert.is(error.exit, 1)
      assert.equal(await readdir(disk), ['other'])
    }),
  ))

test.run()
