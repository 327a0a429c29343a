import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pathBeside, replaceFile } from '../../../lib/files/replace-file.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { runInNode } from '../../helpers/run-in-node.ts'
import { STRANGER } from '../../helpers/without-privileges.ts'

const test = suite('lib/files/replace-file')

test('what is replaced leaves its permissions, but not the right to run as its owner', () =>
  inFolder(async (folder) => {
    const [file, finished] = [path.join(folder, 'file'), path.join(folder, 'finished')]
    await writeFile(file, 'old')
    await chmod(file, 0o4750)
    await writeFile(finished, 'new')
    await replaceFile(finished, file)
    assert.equal([await readFile(file, 'utf8'), (await stat(file)).mode & 0o7777], ['new', 0o750])
  }))

test('whose file it was, the new one is too, where that is allowed', () =>
  inFolder(async (folder) => {
    // Only root can give files away.
    if (process.geteuid?.() !== 0) return
    const [file, finished] = [path.join(folder, 'file'), path.join(folder, 'finished')]
    for (const [uid, gid] of [
      [STRANGER, 0],
      [0, STRANGER],
    ] as const) {
      await writeFile(file, 'old')
      await chown(file, uid, gid)
      await writeFile(finished, 'new')
      await replaceFile(finished, file)
      const now = await stat(file)
      assert.equal([now.uid, now.gid], [uid, gid])
    }
  }))

test('what takes the place of a file is hidden beside it, under a name that is never too long', () => {
  assert.is(pathBeside('/a/model.sqlite', 'partial'), '/a/.model.sqlite.partial')
  const [one, other] = ['ä', 'ö'].map((letter) => pathBeside(`/a/${letter.repeat(51)}`, 'partial'))
  assert.match(one ?? '', /^\/a\/\.[0-9a-f]{32}\.partial$/)
  assert.is.not(one, other)
})

test('where its group cannot be given, another group gets no more than everybody', () =>
  inFolder(async (folder) => {
    // Only root can make the files of somebody else.
    if (process.geteuid?.() !== 0) return
    await chown(folder, STRANGER, STRANGER)
    const modes = [
      [0o640, 0o600],
      [0o664, 0o644],
      [0o600, 0o600],
    ] as const
    for (const [before, after] of modes) {
      const [file, finished] = [path.join(folder, 'file'), path.join(folder, 'finished')]
      await writeFile(file, 'old')
      await chown(file, 0, 0)
      await chmod(file, before)
      await writeFile(finished, 'new')
      await chown(finished, STRANGER, STRANGER)
      const paths = JSON.stringify([finished, file])
      await runInNode(`
        import { replaceFile } from './lib/files/replace-file.ts'
        process.setgroups([])
        process.setgid(${STRANGER})
        process.setuid(${STRANGER})
        await replaceFile(...${paths})`)
      assert.is((await stat(file)).mode & 0o777, after)
    }
  }))

test.run()
