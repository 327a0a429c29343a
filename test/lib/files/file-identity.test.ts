import { appendFile, chmod, link, rename, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isSameFile,
  openFile,
  readFileIdentity,
  verifyUnchanged,
} from '../../../lib/files/file-identity.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { makePipe } from '../../helpers/make-pipe.ts'

const test = suite('lib/file-identity')

async function createFile(folder: string, name = 'file'): Promise<string> {
  const file = path.join(folder, name)
  await writeFile(file, 'content')
  await utimes(file, 1_000_000, 1_000_000)
  return file
}

test('a file that nobody wrote to is the same, whatever else is done to it', () =>
  inFolder(async (folder) => {
    const file = await createFile(folder)
    const identity = await readFileIdentity(file)
    await chmod(file, 0o600)
    await link(file, path.join(folder, 'second name'))
    await verifyUnchanged(file, identity)
  }))

test('other content, another file of the same look, and no file are changes', () =>
  inFolder(async (folder) => {
    const changes: ((file: string) => Promise<unknown>)[] = [
      (file) => appendFile(file, 'x'),
      (file) => writeFile(file, 'CONTENT'),
      async (file) => rename(await createFile(folder, 'other'), file),
      (file) => rm(file),
    ]
    for (const [index, change] of changes.entries()) {
      const file = await createFile(folder, `${index}`)
      const identity = await readFileIdentity(file)
      await change(file)
      assert.is((await failure('DM_FILE_CHANGED', () => verifyUnchanged(file, identity))).exit, 3)
    }
  }))

test('times that differ by less than a microsecond are told apart', () => {
  const identity = { size: 1, mtimeNs: 1_700_000_000_000_000_001n, ino: 2n, dev: 3n }
  assert.ok(isSameFile(identity, { ...identity }))
  assert.not.ok(isSameFile(identity, { ...identity, mtimeNs: identity.mtimeNs + 1n }))
  assert.not.ok(isSameFile(identity, { ...identity, dev: 4n }))
})

test('an open file comes with its identity; what is no regular file is not opened', () =>
  inFolder(async (folder) => {
    const file = await createFile(folder)
    const { handle, identity } = await openFile(file)
    await handle.close()
    assert.ok(isSameFile(identity, await readFileIdentity(file)))
    await failure('DM_FILE_NOT_REGULAR', () => openFile(folder))
    const pipe = await makePipe(folder)
    await failure('DM_FILE_NOT_REGULAR', () => openFile(pipe))
    await failure('DM_FILE_NOT_REGULAR', () => openFile('/dev/null'))
    await failure('DM_FILE_MISSING', () => openFile(path.join(folder, 'none')))
  }))

test.run()
