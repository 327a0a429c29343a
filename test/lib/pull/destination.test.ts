import { existsSync } from 'node:fs'
import { chmod, mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import { chooseDestination } from '../../../lib/pull/destination.ts'
import { failure } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { makePipe } from '../../helpers/make-pipe.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { STRANGER, withoutPrivileges } from '../../helpers/without-privileges.ts'

/** Only what goes to stdout has something to remove. */
const keep = (): void => assert.unreachable()

const test = suite('lib/pull/destination')

const NAME = 'model.sqlite'

/** The failure that an output leads to. */
function unusable(folder: string, output: string): Promise<DmError<'DM_DESTINATION_UNUSABLE'>> {
  return failure('DM_DESTINATION_UNUSABLE', () => chooseDestination(folder, output, NAME, keep))
}

test('without an output it is the current folder, under the name of the dataset', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, NAME)
    assert.equal(await chooseDestination(folder, undefined, NAME, keep), {
      path: file,
      exists: false,
      passing: false,
    })
    await writeFile(file, 'old')
    assert.equal(await chooseDestination(folder, undefined, NAME, keep), {
      path: file,
      exists: true,
      passing: false,
    })
  }))

test('what goes to stdout passes through a folder of its own, beside no file of the user', () =>
  inFolder(async (folder) => {
    const cleanUps: (() => Promise<void>)[] = []
    const [one, other] = await Promise.all(
      ['a', 'b'].map(() =>
        chooseDestination(folder, '-', NAME, (cleanUp) => void cleanUps.push(cleanUp)),
      ),
    )
    assert.equal(one, { path: one?.path, exists: false, passing: true })
    const parents = [one, other].map((found) => path.dirname(found?.path ?? ''))
    assert.equal(
      parents.map((parent) => path.dirname(parent)),
      [await realpath(tmpdir()), await realpath(tmpdir())],
    )
    assert.is.not(...(parents as [string, string]))
    for (const cleanUp of cleanUps) await cleanUp()
    assert.equal(
      parents.map((parent) => existsSync(parent)),
      [false, false],
    )
  }))

test('an output is a file, or an existing folder to which the name is added', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'sub'))
    const cases = [
      ['new.sqlite', 'new.sqlite'],
      ['sub', `sub/${NAME}`],
      ['sub/', `sub/${NAME}`],
      ['sub/new.sqlite', 'sub/new.sqlite'],
      ['./sub/../b', 'b'],
      [path.join(folder, 'sub'), `sub/${NAME}`],
    ] as const
    for (const [output, expected] of cases) {
      const { path: file } = await chooseDestination(folder, output, NAME, keep)
      assert.is(file, path.join(folder, expected), output)
    }
  }))

test('a folder is to be made only where a slash says that it is one', () =>
  inFolder(async (folder) => {
    const error = await unusable(folder, 'none/new.sqlite')
    assert.match(error.message, path.join(folder, 'none'))
    assert.is(error.exit, 1)
    const { path: file, exists } = await chooseDestination(folder, 'none/deep/', NAME, keep)
    assert.equal([file, exists], [path.join(folder, 'none/deep', NAME), false])
    await writeFile(path.join(folder, 'file'), 'x')
    assert.match((await unusable(folder, 'file/deep/')).message, 'no folder')
  }))

test('a file in the place of a folder, and a folder or a pipe in that of the file, are in the way', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { file: 'x', [`sub/${NAME}/x`]: 'x' })
    await makePipe(folder)
    assert.match((await unusable(folder, 'file/')).message, 'no folder')
    assert.match((await unusable(folder, 'file/new')).message, 'no folder')
    assert.match((await unusable(folder, 'sub')).message, 'a folder of that name')
    assert.match((await unusable(folder, 'pipe')).message, 'not a regular file')
  }))

test('of a link, the file or the folder that it leads to is the destination', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { 'real/old.sqlite': 'old' })
    await symlink('real/old.sqlite', path.join(folder, 'link'))
    await symlink('real', path.join(folder, 'folder-link'))
    const real = path.join(folder, 'real/old.sqlite')
    assert.equal(await chooseDestination(folder, 'link', NAME, keep), {
      path: real,
      exists: true,
      passing: false,
    })
    const inLinked = await chooseDestination(folder, 'folder-link/old.sqlite', NAME, keep)
    assert.equal(inLinked, { path: real, exists: true, passing: false })
  }))

test('a link that leads nowhere or in a circle is refused, not replaced', () =>
  inFolder(async (folder) => {
    await symlink('none', path.join(folder, 'dangling'))
    await symlink('circle', path.join(folder, 'circle'))
    for (const output of ['dangling', 'circle']) {
      assert.match((await unusable(folder, output)).message, 'leads nowhere')
    }
  }))

test('a log or a journal of an old database beside it is refused, also behind a link', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { 'real/old.sqlite': 'old' })
    await symlink('real/old.sqlite', path.join(folder, 'link'))
    for (const suffix of ['-wal', '-journal']) {
      const beside = path.join(folder, `real/old.sqlite${suffix}`)
      await writeFile(beside, 'x')
      for (const output of ['real/old.sqlite', 'link']) {
        const error = await failure('DM_DESTINATION_STALE', () =>
          chooseDestination(folder, output, NAME, keep),
        )
        assert.equal([error.exit, error.context.beside], [3, beside])
      }
      await rm(beside)
    }
  }))

test('a log counts where there is no database yet, an empty one does not', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { 'new-wal': 'x', 'other-wal': '', 'other-journal': '' })
    await failure('DM_DESTINATION_STALE', () => chooseDestination(folder, 'new', NAME, keep))
    assert.is((await chooseDestination(folder, 'other', NAME, keep)).exists, false)
  }))

test('a place that cannot be looked at is no free place', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, 'closed'))
    await writeFile(path.join(folder, 'closed/old'), 'old')
    await chmod(path.join(folder, 'closed'), 0)
    await chmod(folder, 0o755)
    for (const output of ['closed/old', 'closed/new/']) {
      const error = await withoutPrivileges(() => unusable(folder, output))
      assert.match(error.message, 'EACCES')
    }
    await chmod(path.join(folder, 'closed'), 0o755)
  }))

test('a folder that may not be written to is told before anything is received', () =>
  inFolder(async (folder) => {
    await chmod(folder, 0o555)
    // For good, so in a process of its own: access(2) asks for the real user, not the effective one.
    const source = `
      import { chooseDestination } from './lib/pull/destination.ts'
      if (process.getuid() === 0) process.setuid(${STRANGER})
      const ended = await chooseDestination(${JSON.stringify(folder)}, 'new', '').catch((e) => e)
      console.log(ended.code, ended.message)`
    const output = await runInNode(source)
    await chmod(folder, 0o755)
    assert.match(output, /^DM_DESTINATION_UNUSABLE .*cannot be written to/)
  }))

test.run()
