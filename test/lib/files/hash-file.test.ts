import { createHash } from 'node:crypto'
import {
  existsSync,
  appendFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { chmod, mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSha256 } from '../../../lib/files/hash-file.ts'
import { hashFileAt } from '../../helpers/at-path.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { makePipe } from '../../helpers/make-pipe.ts'
import { withoutPrivileges } from '../../helpers/without-privileges.ts'

const test = suite('lib/hash-file')

const MIB = 1024 * 1024

/** Some MiB that were last written long ago, so that a change now shows whatever the clock's grain. */
async function createFile(folder: string, bytes = 3 * MIB + 5): Promise<string> {
  const file = path.join(folder, 'file')
  await writeFile(file, Buffer.alloc(bytes, 'content'))
  await utimes(file, 1_000_000, 1_000_000)
  return file
}

test('the hash, the size and the identity of a file of any size', () =>
  inFolder(async (folder) => {
    for (const bytes of [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB]) {
      const content = Buffer.alloc(bytes, 'content')
      const file = path.join(folder, String(bytes))
      await writeFile(file, content)
      const hashed = await hashFileAt(file)
      assert.is(hashed.sha256, createHash('sha256').update(content).digest('hex'), `${bytes}`)
      assert.equal([hashed.bytes, hashed.identity.size], [bytes, bytes])
    }
  }))

test('progress goes up to the size of the file', () =>
  inFolder(async (folder) => {
    const steps: number[] = []
    const onProgress = (done: number, total: number): void => {
      assert.is(total, 3 * MIB + 5)
      steps.push(done)
    }
    await hashFileAt(await createFile(folder), { onProgress })
    assert.equal(steps, [MIB, 2 * MIB, 3 * MIB, 3 * MIB + 5])
  }))

const changes: readonly (readonly [string, (file: string) => void])[] = [
  ['appended to', (file) => appendFileSync(file, 'more')],
  ['cut', (file) => truncateSync(file, MIB)],
  ['written to in place', (file) => writeFileSync(file, 'x', { flag: 'r+' })],
  ['removed', (file) => rmSync(file)],
  [
    'replaced by one of the same size',
    (file) => {
      writeFileSync(`${file}.new`, Buffer.alloc(3 * MIB + 5, 'content'))
      renameSync(`${file}.new`, file)
    },
  ],
]
for (const [name, change] of changes) {
  test(`a file that is ${name} while it is hashed is refused`, () =>
    inFolder(async (folder) => {
      const file = await createFile(folder)
      let isChanged = false
      const onProgress = (): void => {
        if (!isChanged) change(file)
        isChanged = true
      }
      const error = await failure('DM_FILE_CHANGED', () => hashFileAt(file, { onProgress }))
      assert.is(error.exit, 3)
      assert.match(error.message, file)
    }))
}

test('an abort throws its reason', () =>
  inFolder(async (folder) => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const hashing = hashFileAt(await createFile(folder), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    assert.is(await hashing.catch((error: unknown) => error), reason)
  }))

test('what is missing, a folder or a pipe is told apart, and nothing blocks', () =>
  inFolder(async (folder) => {
    const file = await createFile(folder)
    const pipe = await makePipe(folder)
    await symlink(path.join(folder, 'none'), path.join(folder, 'dangling'))
    for (const missing of [path.join(folder, 'none'), path.join(file, 'x'), `${folder}/dangling`]) {
      assert.is((await failure('DM_FILE_MISSING', () => hashFileAt(missing))).exit, 2)
    }
    const inFolderOf = await failure('DM_FILE_NOT_REGULAR', () => hashFileAt(folder))
    assert.match(inFolderOf.message, 'folder')
    const ofPipe = await failure('DM_FILE_NOT_REGULAR', () => hashFileAt(pipe))
    assert.match(ofPipe.message, 'a pipe')
  }))

test('a file that may not be read is told, with the reason', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o755)
    const file = await createFile(folder)
    await chmod(file, 0)
    const error = await withoutPrivileges(() =>
      failure('DM_FILE_UNREADABLE', () => hashFileAt(file)),
    )
    assert.equal([error.context.reason, error.exit], ['EACCES', 1])
  }))

test('a file that has other bytes than its size tells is refused', async () => {
  // The system makes it as it is read.
  const made = '/proc/version'
  if (!existsSync(made)) return
  await failure('DM_FILE_CHANGED', () => hashFileAt(made))
})

test('only a text can be a hash', () => {
  const hash = 'a'.repeat(64)
  assert.ok(isSha256(hash))
  for (const other of [[hash], `${hash}0`, hash.slice(1), hash.toUpperCase(), `\n${hash}`, null])
    assert.not.ok(isSha256(other))
})

test('a link is followed', () =>
  inFolder(async (folder) => {
    const file = await createFile(folder)
    await mkdir(path.join(folder, 'other'))
    const moved = path.join(folder, 'other', 'file')
    await rename(file, moved)
    await symlink(moved, file)
    assert.is((await hashFileAt(file)).sha256, (await hashFileAt(moved)).sha256)
  }))

test.run()
