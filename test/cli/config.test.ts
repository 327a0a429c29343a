import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dm, dmFailure, dmJson } from '../helpers/dm.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('cli: the config')

test('from inside the folder of the manifest, the bytes go where the config says', () =>
  inFolder(async (folder) => {
    const { commit, folder: root } = await createRepository(path.join(folder, 'work'))
    const storage = { type: 'folder', path: '../store' }
    await commit('Begin', {
      'datamanager.config.json': JSON.stringify({ storage, manifest: 'data/manifest.json' }),
      'data/manifest.json': '[]\n',
    })
    const file = await createTemoaDatabase(folder)
    const { changed } = await dmJson(path.join(root, 'data'), ['prepare', 'm.sqlite', file])
    assert.is(changed, true)
    assert.ok((await readdir(path.join(folder, 'store'))).includes('staging'))
  }))

test('what an async config gives is checked, and a key of .env is hidden where it throws', () =>
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    await repository.write({ 'datamanager.config.mjs': 'export default async () => ({ typo: 1 })' })
    await dmFailure(folder, ['list'], { exit: 2, code: 'DM_CONFIG_INVALID' })
    await repository.write({
      '.env': 'R2_SECRET_ACCESS_KEY=wJalrXUtnFEMI\n',
      'datamanager.config.mjs':
        'export default ({ env }) => { throw new Error(`bad ${env.R2_SECRET_ACCESS_KEY}`) }',
    })
    const thrown = { exit: 2, code: 'DM_CONFIG_THROWS' }
    const { message } = await dmFailure(folder, ['list', '-v'], thrown)
    assert.match(message, 'bad [hidden] (datamanager.config.mjs:1)')
    assert.not.match((await dm(folder, ['list', '-v'])).stderr, 'wJalrX')
  }))

test('a config that ends the process, or throws where nobody waits, is a failure with a document', () =>
  inFolder(async (folder) => {
    const repository = await createRepository(folder)
    const cases: [config: string, exit: number, code: string, message: string][] = [
      ['\nprocess.exit(0)', 2, 'DM_CONFIG_THROWS', 'is for dm alone'],
      ['export default () => process.exit()', 2, 'DM_CONFIG_THROWS', 'datamanager.config.mjs:1'],
      [
        `setTimeout(() => { throw new Error('late') })\nawait new Promise((r) => setTimeout(r, 5000))`,
        1,
        'DM_INTERNAL',
        'late',
      ],
    ]
    for (const [config, exit, code, message] of cases) {
      await repository.write({ 'datamanager.config.mjs': `${config}\n` })
      const failed = await dmFailure(folder, ['list'], { exit, code })
      assert.match(failed.message, message)
    }
  }))

test('.env cannot have git run anything', () =>
  inFolder(async (folder) => {
    const repository = await createRepository(path.join(folder, 'work'))
    await repository.commit('Begin', { 'manifest.json': '[]\n' })
    await repository.git('remote', 'add', 'origin', 'ssh://git@host.invalid/a/b.git')
    const ran = path.join(folder, 'ran')
    await repository.write({ '.env': `GIT_SSH_COMMAND="touch ${ran}"\n` })
    const unreachable = { exit: 1, code: 'DM_GIT_REMOTE_UNREACHABLE' }
    await dmFailure(repository.folder, ['publish'], unreachable)
    assert.not.ok(existsSync(ran))
  }))

test.run()
