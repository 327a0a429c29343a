import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withEnvFile } from '../../../lib/config/read-env-file.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/config/read-env-file')

test('what is set already wins, also where it is empty', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'A=file\nB=file\nC=file\n' })
    const env = { A: 'set', B: '' }
    assert.equal(await withEnvFile(folder, env), { A: 'set', B: '', C: 'file' })
    assert.equal(env, { A: 'set', B: '' })
  }))

test('quotes, comments, export, CRLF and = in values are understood', () =>
  inFolder(async (folder) => {
    const lines = [
      '# comment',
      '',
      'A="a # b"',
      "B='$A'",
      'export C=c',
      'D=x=y==',
      'E= spaced  # c',
      'F=',
    ]
    const values = { A: 'a # b', B: '$A', C: 'c', D: 'x=y==', E: 'spaced', F: '' }
    for (const newline of ['\n', '\r\n']) {
      await writeFiles(folder, { '.env': lines.join(newline) })
      assert.equal(await withEnvFile(folder, {}), values)
    }
  }))

test('only the folder itself is looked at', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'A=outer' })
    await mkdir(path.join(folder, 'inner'))
    assert.equal(await withEnvFile(path.join(folder, 'inner'), { B: 'set' }), { B: 'set' })
  }))

test('the environment of this process is left alone', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'DM_TEST_ENV_FILE=x' })
    await withEnvFile(folder, {})
    assert.is(process.env['DM_TEST_ENV_FILE'], undefined)
  }))

test.run()
