import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findConfig, findDataRepository } from '../../../lib/config/find-data-repository.ts'
import { failure } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/config/find-data-repository')

type Place = { manifest?: string; exact?: boolean }

/** The data repository of a folder, relative to where the files are. */
function find(files: Record<string, string>, from: string, place: Place = {}): Promise<string> {
  return inFolder(async (folder) => {
    await writeFiles(folder, { ...files, [path.join(from, '.keep')]: '' })
    const { manifest = 'manifest.json', exact = false } = place
    const found = findDataRepository({ from: path.join(folder, from), manifest, exact })
    return path.relative(folder, found)
  })
}

const json = '{}'

test('is the nearest folder upward with a config', async () => {
  assert.is(await find({ 'datamanager.config.ts': '', 'a/datamanager.config.mts': '' }, 'a/b'), 'a')
  assert.is(await find({ 'a/.datamanagerrc': '' }, 'a/b/c'), 'a')
  assert.is(await find({ 'datamanager.config.json': json }, 'a'), '')
})

test('a config counts more than a manifest, which may lie below the config that names it', async () => {
  const files = { 'datamanager.config.json': json, 'data/manifest.json': '[]' }
  assert.is(await find(files, 'data'), '')
  assert.is(await find(files, 'data/deep/er'), '')
  assert.is(await find({ ...files, 'data/datamanager.config.yaml': '' }, 'data/x'), 'data')
})

test('is the nearest folder with a manifest where there is no config', async () => {
  assert.is(await find({ 'manifest.json': '[]' }, 'a/b'), '')
  assert.is(await find({ 'manifest.json': '[]', 'a/manifest.json': '[]' }, 'a/b'), 'a')
  const elsewhere = { 'data/m.json': '[]' }
  assert.is(await find(elsewhere, 'data/deep', { manifest: 'data/m.json' }), '')
})

test('a package.json counts only with a datamanager key, also where it is broken', async () => {
  const git = { '.git/HEAD': '' }
  assert.is(await find({ ...git, 'a/package.json': '{"name":"x"}' }, 'a/b'), '')
  assert.is(await find({ ...git, 'a/package.json': '{"name":' }, 'a/b'), '')
  assert.is(await find({ ...git, 'a/package.json': '[]' }, 'a/b'), '')
  for (const text of ['{"datamanager":{}}', '{"datamanager":null}', '<<<<\n{"datamanager":{}}']) {
    assert.is(await find({ ...git, 'a/package.json': text }, 'a/b'), 'a', text)
  }
})

test('is the git root where there is neither, never beyond it', async () => {
  const outside = { 'manifest.json': '[]', 'datamanager.config.ts': '' }
  assert.is(await find({ ...outside, 'repo/.git/HEAD': '' }, 'repo/x/y'), 'repo')
  assert.is(await find({ ...outside, 'tree/.git': 'gitdir: elsewhere' }, 'tree/x/y'), 'tree')
  assert.is(await find({ ...outside, 'repo/.git/HEAD': '' }, 'repo'), 'repo')
})

test('is the folder itself outside of git', async () => {
  assert.is(await find({}, 'a/b'), 'a/b')
})

test('a folder that was named is the data repository, unless a config above says otherwise', async () => {
  const git = { '.git/HEAD': '', 'manifest.json': '[]' }
  assert.is(await find(git, 'a/b', { exact: true }), 'a/b')
  assert.is(await find({ ...git, '.datamanagerrc': '' }, 'a/b', { exact: true }), '')
})

test('the config in a folder is found under every name', () =>
  inFolder(async (folder) => {
    const endings = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json', 'yaml', 'yml', 'toml', 'jsonc']
    const places = endings.flatMap((end) => [`datamanager.config.${end}`, `.datamanagerrc.${end}`])
    assert.is(findConfig(folder), null)
    for (const [index, name] of [...places, '.datamanagerrc'].entries()) {
      const place = path.join(folder, String(index))
      await writeFiles(place, { [name]: '', 'package.json': '{}' })
      assert.is(findConfig(place), path.join(place, name))
    }
  }))

test('what only resembles a config is none', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, {
      'datamanager.config.ts.orig': '',
      'datamanager.config.test.ts': '',
      'datamanager.config.d.ts': '',
      'datamanager.config.json/x': '',
    })
    assert.is(findConfig(folder), null)
  }))

test('a link counts also where it leads nowhere', () =>
  inFolder(async (folder) => {
    await symlink('nowhere', path.join(folder, 'datamanager.config.ts'))
    assert.is(findConfig(folder), path.join(folder, 'datamanager.config.ts'))
  }))

test('two configs in one folder are refused: one would be passed over', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, {
      'datamanager.config.ts': '',
      'package.json': '{"datamanager":{}}',
    })
    const error = await failure('DM_CONFIG_SEVERAL', () => findConfig(folder))
    assert.match(error.message, ': datamanager.config.ts, package.json.')
  }))

test.run()
