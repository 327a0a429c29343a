import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../lib/errors/dm-error.ts'
import type { PlannedFile } from '../../../lib/setup/planned-file.ts'
import { writeFiles } from '../../../lib/setup/write-files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/setup/write-files')

function planned(file: string, before: string | null = null): PlannedFile {
  const content = Buffer.from('new')
  return { path: file, before: before === null ? null : Buffer.from(before), content, added: '' }
}

test('what has changed since it was planned is not overwritten, and what was written is told', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'changed'), 'by somebody')
    for (const file of [planned('changed'), planned('changed', 'old'), planned('gone', 'old')]) {
      const error = await writeFiles(folder, [planned('sub/first'), file]).catch(
        (thrown: unknown) => thrown,
      )
      assert.ok(isDmError(error, 'DM_SETUP_WRITE'))
      assert.match(error.message, 'changed in the meantime). Already written: sub/first.')
      assert.is(await readFile(path.join(folder, 'changed'), 'utf8'), 'by somebody')
      assert.equal((await readdir(folder)).toSorted(), ['changed', 'sub'])
      await rm(path.join(folder, 'sub'), { recursive: true })
    }
  }))

test('what has the name of a draft is left alone, whatever it is', () =>
  inFolder(async (folder) => {
    const [elsewhere, place] = [path.join(folder, 'elsewhere'), path.join(folder, 'place')]
    await writeFile(elsewhere, 'theirs')
    await mkdir(path.join(place, '.second.init'), { recursive: true })
    await writeFile(path.join(place, '.first.init'), 'theirs, too')
    await symlink(elsewhere, path.join(place, '.third.init'))
    const before = await readdir(place)
    const files = ['first', 'second', 'third']
    await writeFiles(
      place,
      files.map((file) => planned(file)),
    )
    assert.is(await readFile(elsewhere, 'utf8'), 'theirs')
    assert.is(await readFile(path.join(place, '.first.init'), 'utf8'), 'theirs, too')
    for (const file of files) assert.is(await readFile(path.join(place, file), 'utf8'), 'new')
    assert.equal((await readdir(place)).toSorted(), [...before, ...files].toSorted())
  }))

test.run()
