import { realpath, symlink } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { locateProject, openProject, type Project } from '../../../lib/config/open-project.ts'
import { failure } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { createRepository, type FileMap } from '../../helpers/git-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/config/open-project')

type Options = { root?: string; configFile?: string; env?: Record<string, string> }

async function open(cwd: string, { env = {}, ...options }: Options = {}): Promise<Project> {
  return openProject(await locateProject({ cwd: await realpath(cwd), env, ...options }))
}

/** What a run that begins somewhere among these files is about: folder, manifest, config's file. */
function opened(files: FileMap, cwd: string, options: Options = {}): Promise<string[]> {
  return inFolder(async (folder) => {
    await writeFiles(folder, { '.git/HEAD': '', [path.join(cwd, '.keep')]: '', ...files })
    const { root, config, source } = await open(path.join(folder, cwd), options)
    return [path.relative(folder, root), config.manifest, source ?? 'none']
  })
}

const json = 'datamanager.config.json'
const below = { [json]: '{"manifest":"data/manifest.json"}', 'data/manifest.json': '[]' }

test('a config is meant from inside the folder of its manifest too', async () => {
  const expected = ['', 'data/manifest.json', json]
  for (const cwd of ['', 'data', 'data/deep', 'other']) {
    assert.equal(await opened(below, cwd), expected, cwd)
  }
  assert.equal(await opened(below, '', { root: 'data' }), expected)
  assert.equal(await opened(below, 'other', { root: '../data' }), expected)
})

test('a config that is nested in another repository’s folder is nearer', async () => {
  const files = { ...below, [`data/${json}`]: '{}', 'data/eu/manifest.json': '[]' }
  assert.equal(await opened(files, 'data/eu'), ['data', 'manifest.json', json])
  assert.equal(await opened(files, '', { root: 'data/eu' }), ['data', 'manifest.json', json])
})

test('a folder that is named is the data repository where no config says otherwise', async () => {
  const files = { 'manifest.json': '[]' }
  assert.equal(await opened(files, 'sub', { root: '.' }), ['sub', 'manifest.json', 'none'])
  assert.equal(await opened(files, 'sub'), ['', 'manifest.json', 'none'])
})

test('a linked work tree has its own config, and none outside of it', () =>
  inFolder(async (folder) => {
    const main = await createRepository(path.join(folder, 'main'))
    await main.commit('Begin', below)
    await main.git('worktree', 'add', '--quiet', 'linked')
    await main.write({ [json]: '{"manifest":"elsewhere.json"}' })
    const linked = await open(path.join(main.folder, 'linked/data'))
    assert.is(linked.root, await realpath(path.join(main.folder, 'linked')))
    assert.is(linked.config.manifest, 'data/manifest.json')
    await main.git('-C', 'linked', 'rm', '--quiet', json)
    assert.is((await open(path.join(main.folder, 'linked/data'))).config.manifest, 'manifest.json')
  }))

test('what is above a folder is what is above its real place, as for git', () =>
  inFolder(async (folder) => {
    await writeFiles(path.join(folder, 'repository'), { '.git/HEAD': '', ...below })
    await symlink('repository', path.join(folder, 'link'))
    await symlink('repository/data', path.join(folder, 'shortcut'))
    for (const root of ['link', 'link/data', 'shortcut']) {
      const project = await open(folder, { root })
      assert.is(path.relative(folder, project.root), 'repository')
      assert.is(project.config.manifest, 'data/manifest.json')
    }
  }))

test('a config from elsewhere is used in the folder that its manifest says', async () => {
  const configFile = '../conf/team.json'
  const files = {
    'conf/team.json': '{"manifest":"data/manifest.json"}',
    'data/manifest.json': '[]',
  }
  const expected = ['', 'data/manifest.json', 'conf/team.json']
  assert.equal(await opened(files, 'data', { configFile }), expected)
  assert.equal(await opened(files, 'other', { configFile }), expected)
  // Beside the data repository's own config, in the same folder.
  assert.equal(await opened({ ...files, [json]: '{}' }, 'data', { configFile }), expected)
})

test('a folder that does not exist is named', () =>
  inFolder(async (folder) => {
    const error = await failure('DM_USAGE', () => open(folder, { root: 'nowhere' }))
    assert.match(error.message, "no folder 'nowhere'")
  }))

test('.env gives a config everything, stores the keys, and programs nothing', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, {
      '.git/HEAD': '',
      '.env':
        'BUCKET=from-file\nSET=file\nTEAM_KEY=k\nR2_ACCESS_KEY_ID=id\nGH_TOKEN=t\nGIT_SSH_COMMAND=evil\n',
      'datamanager.config.mjs': `export default ({ env }) => ({ buckets: {
        staging: { name: env.BUCKET },
        production: { name: env.SET, credentials: { accessKeyId: 'TEAM_KEY', secretAccessKey: 'S' } } } })`,
    })
    const env = { SET: 'environment', S: 'set', GH_TOKEN: '' }
    const project = await open(folder, { env })
    assert.is(project.config.buckets['staging']?.name, 'from-file')
    assert.is(project.config.buckets['production']?.name, 'environment')
    assert.equal(project.env, env)
    assert.equal(project.settings, { ...env, TEAM_KEY: 'k', R2_ACCESS_KEY_ID: 'id' })
  }))

test('.env lies beside the config, also beside one from elsewhere', () =>
  inFolder(async (folder) => {
    const files = { [json]: '{}', '.env': 'R2_ACCESS_KEY_ID=here' }
    await writeFiles(folder, { '.git/HEAD': '', ...files, 'data/manifest.json': '[]' })
    await writeFiles(path.join(folder, 'conf'), {
      'team.json': '{}',
      '.env': 'R2_ACCESS_KEY_ID=there',
    })
    const keyOf = async (options: Options): Promise<unknown> =>
      (await open(path.join(folder, 'data'), options)).settings['R2_ACCESS_KEY_ID']
    assert.is(await keyOf({}), 'here')
    assert.is(await keyOf({ configFile: '../conf/team.json' }), 'there')
  }))

test.run()
