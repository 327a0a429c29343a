import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pickSettings, readEnvFile } from '../../../lib/config/env-file.ts'
import { failure } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/config/env-file')

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
      assert.equal({ ...(await readEnvFile(folder)) }, values)
    }
  }))

test('only the folder itself is looked at', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'A=outer' })
    await mkdir(path.join(folder, 'inner'))
    assert.equal({ ...(await readEnvFile(path.join(folder, 'inner'))) }, {})
  }))

test('the environment of this process is left alone', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'DM_TEST_ENV_FILE=x' })
    await readEnvFile(folder)
    assert.is(process.env['DM_TEST_ENV_FILE'], undefined)
  }))

test('a folder of that name, as Python makes it, is none of ours', () =>
  inFolder(async (folder) => {
    await mkdir(path.join(folder, '.env'))
    assert.equal({ ...(await readEnvFile(folder)) }, {})
  }))

test('a file that cannot be read is told, not taken for none', () =>
  inFolder(async (folder) => {
    await symlink('.env', path.join(folder, '.env'))
    const error = await failure('DM_ENV_FILE', () => readEnvFile(folder))
    assert.match(error.message, 'cannot be read (ELOOP)')
  }))

test('only keys are taken from it: those of dm, and those that a bucket names', () => {
  const dangerous = [
    'GIT_SSH_COMMAND',
    'GIT_DIR',
    'LD_PRELOAD',
    'NODE_OPTIONS',
    'NODE_EXTRA_CA_CERTS',
    'PATH',
    'HOME',
    'HTTPS_PROXY',
    'https_proxy',
    'AWS_ENDPOINT_URL',
    'AWS_CA_BUNDLE',
    'constructor',
  ]
  const keys = [
    'R2_ACCESS_KEY_ID',
    'R2_SECRET_ACCESS_KEY',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'GH_TOKEN',
    'GITHUB_TOKEN',
    'TEAM_ID',
    'TEAM_SECRET',
  ]
  const all = Object.fromEntries([...dangerous, ...keys].map((name) => [name, 'x']))
  const credentials = { accessKeyId: 'TEAM_ID', secretAccessKey: 'TEAM_SECRET' }
  const picked = pickSettings(all, { staging: { credentials: null }, production: { credentials } })
  assert.equal(Object.keys(picked), keys)
})

test.run()
