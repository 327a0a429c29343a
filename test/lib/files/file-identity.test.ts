import { once } from 'node:events'
import {
  appendFile,
  chmod,
  link,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isSameFile,
  openFile,
  readFileIdentity,
  verifyUnchanged,
  withFile,
  type LocalFile,
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

async function withSocket(socket: string, body: (socket: string) => unknown): Promise<void> {
  const server = createServer().listen(socket)
  await once(server, 'listening')
  try {
    await body(socket)
  } finally {
    server.close()
  }
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
  assert.not.ok(isSameFile(identity, { ...identity, size: 2 }))
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
    await withSocket(path.join(folder, 'socket'), (socket) =>
      failure('DM_FILE_NOT_REGULAR', () => openFile(socket)),
    )
    await failure('DM_FILE_MISSING', () => openFile(path.join(folder, 'none')))
  }))

test('an open file has the path that its link led to, and is closed also after a failure', () =>
  inFolder(async (folder) => {
    const file = await createFile(folder)
    const symbolic = path.join(folder, 'symbolic')
    await symlink(file, symbolic)
    let seen: LocalFile | undefined
    const work = async (opened: LocalFile): Promise<void> => {
      seen = opened
      await rm(symbolic)
      throw new Error('stop')
    }
    await withFile(symbolic, work).catch(() => undefined)
    assert.is(seen?.path, file)
    assert.is(seen?.handle.fd, -1)
  }))

test('what is no regular file leaves nothing open', () =>
  inFolder(async (folder) => {
    const opened = (): Promise<number> =>
      readdir('/proc/self/fd').then(
        ({ length }) => length,
        () => 0,
      )
    const before = await opened()
    for (let time = 0; time < 5; time++) {
      await failure('DM_FILE_NOT_REGULAR', () => openFile(folder))
    }
    assert.is(await opened(), before)
  }))

test.run()
