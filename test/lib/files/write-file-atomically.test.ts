import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeFileAtomically } from '../../../lib/files/write-file-atomically.ts'
import { failure } from '../../helpers/failure.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { withoutPrivileges } from '../../helpers/without-privileges.ts'

const test = suite('lib/write-file-atomically')

test('a new file and an old one get the content, and nothing stays beside them', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    for (const content of ['first', Buffer.from([0, 255]), '']) {
      await writeFileAtomically(file, content)
      assert.equal(await readFile(file), Buffer.from(content))
    }
    assert.equal(await readdir(folder), ['file'])
  }))

test('whoever has the old file open or linked keeps the old content whole', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'old')
    await link(file, path.join(folder, 'kept'))
    await writeFileAtomically(file, 'new')
    assert.is(await readFile(path.join(folder, 'kept'), 'utf8'), 'old')
    assert.is(await readFile(file, 'utf8'), 'new')
  }))

test('an existing file keeps its mode', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    for (const mode of [0o600, 0o755, 0o444]) {
      await writeFile(file, 'old', { flag: 'a' })
      await chmod(file, mode)
      await writeFileAtomically(file, 'new')
      assert.is((await stat(file)).mode & 0o7777, mode)
      await chmod(file, 0o600)
    }
  }))

test('of a link, the file it leads to is written, in its own folder', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'real'))
    await writeFile(path.join(folder, 'real/file'), 'old')
    await symlink('real/file', path.join(folder, 'link'))
    await writeFileAtomically(path.join(folder, 'link'), 'new')
    assert.is(await readlink(path.join(folder, 'link')), 'real/file')
    assert.is(await readFile(path.join(folder, 'real/file'), 'utf8'), 'new')
    assert.equal(await readdir(path.join(folder, 'real')), ['file'])
  }))

test('what cannot be written is told, and nothing is left beside it', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'file'), 'old')
    await mkdir(path.join(folder, 'taken'))
    const cases = [
      ['none/file', 'ENOENT'],
      ['file/below', 'ENOTDIR'],
      ['taken', 'EISDIR'],
    ] as const
    for (const [name, reason] of cases) {
      const file = path.join(folder, name)
      const error = await failure('DM_FILE_UNWRITABLE', () => writeFileAtomically(file, 'new'))
      assert.equal(error.context, { file, reason })
    }
    assert.equal((await readdir(folder)).toSorted(), ['file', 'taken'])
    assert.equal(await readdir(path.join(folder, 'taken')), [])
    assert.is(await readFile(path.join(folder, 'file'), 'utf8'), 'old')
  }))

test('in a folder that may not be written to, the old file stays as it is', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'old')
    await chmod(folder, 0o555)
    const error = await withoutPrivileges(() =>
      failure('DM_FILE_UNWRITABLE', () => writeFileAtomically(file, 'new')),
    )
    await chmod(folder, 0o755)
    assert.equal([error.context.reason, error.exit], ['EACCES', 1])
    assert.is(await readFile(file, 'utf8'), 'old')
    assert.equal(await readdir(folder), ['file'])
  }))

test('of many writers at once, one wins with all of its content', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'file')
    const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(100_000))
    await Promise.all(contents.map((content) => writeFileAtomically(file, content)))
    assert.ok(contents.includes(await readFile(file, 'utf8')))
    assert.equal(await readdir(folder), ['file'])
  }))

test.run()
