import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openFileArgument } from '../../../lib/files/file-argument.ts'
import { failure } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/files/file-argument')

test('arguments the wrong way round are told, where that is what is wrong', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { 'local.db': 'x' })
    await mkdir(path.join(folder, 'sub'))
    const { handle } = await openFileArgument(folder, 'local.db', 'a.sqlite')
    await handle.close()
    const open = (file: string, dataset: string) => () => openFileArgument(folder, file, dataset)
    const { hint } = await failure('DM_USAGE', open('a.sqlite', 'local.db'))
    assert.match(hint, 'dm prepare a.sqlite local.db')
    await failure('DM_FILE_MISSING', open('none.db', 'a.sqlite'))
    await failure('DM_FILE_NOT_REGULAR', open('sub', 'local.db'))
  }))

test.run()
