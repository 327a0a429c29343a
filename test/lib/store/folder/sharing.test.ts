import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createFolderStore } from '../../../../lib/store/folder/folder-store.ts'
import type { Store } from '../../../../lib/store/store.ts'
import { failure } from '../../../helpers/failure.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { runInNode } from '../../../helpers/run-in-node.ts'
import { withoutPrivileges } from '../../../helpers/without-privileges.ts'
import { sha256 } from '../conformance/store-fixture.ts'

const test = suite('a folder store that several people share')

const stamp = { sha256: sha256('content') }

function open(root: string): Store {
  return createFolderStore({ bucket: 'staging', root, repository: 'owner/data' })
}

async function modeOf(file: string): Promise<string> {
  return ((await lstat(file)).mode & 0o7777).toString(8)
}

/** Puts an object with that umask, in a process of its own. */
async function putWithUmask(root: string, file: string, umask: string): Promise<void> {
  const source = `
    import { createFolderStore } from './lib/store/folder/folder-store.ts'
    const store = createFolderStore({ bucket: 'staging', root: ${JSON.stringify(root)}, repository: 'owner/data' })
    await store.put('a/b', ${JSON.stringify(file)}, { stamp: { sha256: '${stamp.sha256}' } })`
  await runInNode(source, { setUp: `umask ${umask}` })
}

/** The folders and files of a store with the object `a/b`, with their modes. */
async function modesOf(root: string): Promise<string[]> {
  const name = sha256('a/b')
  const folders = ['staging', 'staging/a', 'staging/.dm', 'staging/.dm/tmp', 'staging/.dm/stamps']
  const modes = await Promise.all(folders.map((folder) => modeOf(path.join(root, folder))))
  const file = path.join(root, 'staging/.dm/stamps', name.slice(0, 2), `${name}.json`)
  return [...new Set(modes), await modeOf(path.join(root, 'staging/a/b')), await modeOf(file)]
}

test('new folders belong to the group that shares the store, whatever the umask', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    const cases = [
      [0o2775, '022', ['2775', '444', '444']],
      [0o2770, '077', ['2770', '440', '440']],
      [0o755, '022', ['755', '444', '444']],
      [0o700, '077', ['700', '400', '400']],
      // Where all may write, a bit keeps them from each other's files: no group shares that.
      [0o1777, '022', ['755', '444', '444']],
    ] as const
    const checks = cases.map(async ([mode, umask, expected]) => {
      const root = path.join(folder, mode.toString(8))
      await mkdir(root)
      await chmod(root, mode)
      await putWithUmask(root, file, umask)
      assert.equal(await modesOf(root), expected, mode.toString(8))
    })
    await Promise.all(checks)
  }))

test('the rights of a group are not given to another one', async () => {
  if (process.geteuid?.() !== 0) return
  await inFolder(async (folder) => {
    const root = path.join(folder, 'store')
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    await mkdir(root)
    // Without setgid, what is made in it belongs to the group of whoever makes it.
    await chown(root, 0, 5000)
    await chmod(root, 0o775)
    await putWithUmask(root, file, '022')
    assert.equal(await modesOf(root), ['755', '444', '444'])
  })
})

test('nothing is read or written through a link, whichever part of a path it is', () =>
  inFolder(async (folder) => {
    const root = path.join(folder, 'store')
    const outside = path.join(folder, 'outside')
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    await mkdir(path.join(root, 'staging'), { recursive: true })
    await mkdir(outside)
    await writeFile(path.join(outside, 'b'), 'content')
    await symlink(outside, path.join(root, 'staging/a'))
    await symlink(path.join(outside, 'b'), path.join(root, 'staging/file'))
    const store = open(root)
    for (const key of ['a/b', 'file']) {
      await failure('DM_STORE_SYMLINK', () => store.head(key))
      await failure('DM_STORE_SYMLINK', () => store.open(key))
      await failure('DM_STORE_SYMLINK', () => store.put(key, file, { stamp }))
      await failure('DM_STORE_SYMLINK', () => store.remove(key))
      await failure('DM_STORE_SYMLINK', () => store.freshen(key))
    }
    await failure('DM_STORE_SYMLINK', () => store.put('a/new', file, { stamp }))
    assert.equal(await readdir(outside), ['b'])
    assert.equal(await Array.fromAsync(store.list('')), [])
    await symlink(outside, path.join(root, 'staging/.dm'))
    await failure('DM_STORE_SYMLINK', () => store.put('c', file, { stamp }))
    assert.equal(await readdir(outside), ['b'])
  }))

test('a bucket that nobody has written to is empty', () =>
  inFolder(async (root) => {
    assert.equal(await Array.fromAsync(open(root).list('')), [])
    assert.equal(await readdir(root), [])
  }))

test('a stamp that is damaged says nothing', () =>
  inFolder(async (root) => {
    const file = path.join(root, 'file')
    await writeFile(file, 'content')
    const store = open(root)
    await store.put('a', file, { stamp: { ...stamp, bucket: 'internal' } })
    const name = sha256('a')
    const place = path.join(root, 'staging/.dm/stamps', name.slice(0, 2), `${name}.json`)
    const whole = JSON.parse(await readFile(place, 'utf8')) as object
    const damaged = Object.keys(whole).map((field) =>
      JSON.stringify({ ...whole, [field]: field === 'bytes' ? '7' : [] }),
    )
    await chmod(place, 0o644)
    for (const text of [...damaged, 'null', '7', '{}', '[]', '{"key":', '']) {
      await writeFile(place, text)
      const { sha256: hash, repository, bucket } = (await store.head('a')) ?? {}
      assert.equal([hash, repository, bucket], [null, null, null], text)
    }
  }))

test('a stamp holds for no other key', () =>
  inFolder(async (root) => {
    const file = path.join(root, 'file')
    await writeFile(file, 'content')
    const store = open(root)
    await store.put('a', file, { stamp })
    const stampOf = (key: string): string => {
      const name = sha256(key)
      return path.join(root, 'staging/.dm/stamps', name.slice(0, 2), `${name}.json`)
    }
    await link(path.join(root, 'staging/a'), path.join(root, 'staging/b'))
    await mkdir(path.dirname(stampOf('b')), { recursive: true })
    await copyFile(stampOf('a'), stampOf('b'))
    assert.is((await store.head('b'))?.sha256, null)
    assert.is((await store.head('a'))?.sha256, stamp.sha256)
  }))

test('a folder that may not be written to is the one that is named', () =>
  inFolder(async (folder) => {
    const root = path.join(folder, 'store')
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    await mkdir(root)
    await chmod(folder, 0o755)
    await chmod(root, 0o555)
    const error = await withoutPrivileges(() =>
      failure('DM_STORE_PERMISSION', () => open(root).put('a/b', file, { stamp })),
    )
    assert.match(error.message, `Cannot write '${root}'`)
    assert.match(error.hint, `ls -ld ${root}`)
    // What cannot be looked at is not nothing.
    await chmod(root, 0)
    const unseen = await withoutPrivileges(() =>
      failure('DM_STORE_PERMISSION', () => open(root).head('a/b')),
    )
    assert.match(unseen.message, 'Cannot read')
    await chmod(root, 0o755)
  }))

test('who is not the owner of an object freshens it by a copy in its place', async () => {
  if (process.geteuid?.() !== 0) return
  await inFolder(async (folder) => {
    const root = path.join(folder, 'store')
    const file = path.join(folder, 'file')
    await writeFile(file, 'content')
    await chmod(folder, 0o755)
    await mkdir(root)
    await chmod(root, 0o2777)
    const store = open(root)
    await store.put('a/b', file, { stamp: { ...stamp, bucket: 'internal' } })
    await promisify(execFile)('chmod', ['-R', 'o+w', root])
    const object = path.join(root, 'staging/a/b')
    await chmod(object, 0o444)
    const before = await stat(object)
    await new Promise((done) => setTimeout(done, 1000 - (Date.now() % 1000)))
    await withoutPrivileges(async () => {
      const info = await store.freshen('a/b')
      assert.ok(info !== null && info.modified > before.mtime, String(info?.modified))
      assert.equal([info.sha256, info.bucket], [stamp.sha256, 'internal'])
    })
    const after = await stat(object)
    assert.is.not(after.ino, before.ino)
    assert.is(await modeOf(object), '444')
    assert.is(await readFile(object, 'utf8'), 'content')
  })
})

test('whoever is killed while freshening leaves a stamp that holds', () =>
  inFolder(async (root) => {
    const file = path.join(root, 'file')
    await writeFile(file, 'content')
    const store = open(root)
    await store.put('a', file, { stamp: { ...stamp, bucket: 'internal' } })
    const object = path.join(root, 'staging/a')
    const before = await stat(object)
    await store.freshen('a')
    // As it was before the last step of it.
    await utimes(object, before.atime, before.mtimeMs / 1000)
    const name = sha256('a')
    const text = await readFile(
      path.join(root, 'staging/.dm/stamps', name.slice(0, 2), `${name}.json`),
      'utf8',
    )
    const { mtimeNs, formerMtimeNs } = JSON.parse(text) as Record<string, string>
    for (const time of [mtimeNs, formerMtimeNs]) {
      const seconds = `${time?.slice(0, -9)}.${time?.slice(-9)}`
      await promisify(execFile)('touch', ['-d', `@${seconds}`, object])
      const info = await store.head('a')
      assert.equal([info?.sha256, info?.bucket], [stamp.sha256, 'internal'], seconds)
    }
    await utimes(object, 1000, 1000)
    assert.is((await store.head('a'))?.sha256, null)
    // The same time alone does not make it the same file.
    await chmod(object, 0o644)
    await writeFile(object, 'longer content')
    await promisify(execFile)('touch', [
      '-d',
      `@${mtimeNs?.slice(0, -9)}.${mtimeNs?.slice(-9)}`,
      object,
    ])
    assert.is((await store.head('a'))?.sha256, null)
  }))

test('a run that was killed between object and stamp is made good by the next', () =>
  inFolder(async (root) => {
    const file = path.join(root, 'file')
    await writeFile(file, 'content')
    await mkdir(path.join(root, 'staging'))
    await writeFile(path.join(root, 'staging/a'), 'content')
    const store = open(root)
    const { info, sentBytes } = await store.put('a', file, { stamp })
    assert.equal([info.sha256, info.repository, sentBytes], [stamp.sha256, 'owner/data', 0])
    await writeFile(path.join(root, 'staging/b'), 'content')
    const copied = await store.copy(store, 'a', 'b', { stamp: { ...stamp, bucket: 'internal' } })
    assert.is(copied.info.bucket, 'internal')
    assert.is((await store.head('b'))?.sha256, stamp.sha256)
  }))

test.run()
