import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findDataRepository } from '../../../lib/config/find-data-repository.ts'
import { withEnvFile } from '../../../lib/config/read-env-file.ts'
import { writeFiles } from '../../helpers/files.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

const test = suite('findDataRepository')

async function find(files: Record<string, string>, from: string): Promise<string> {
  const { folder, remove } = await temporaryFolder()
  try {
    await writeFiles(folder, { ...files, [path.join(from, '.keep')]: '' })
    return path.relative(folder, await findDataRepository(path.join(folder, from)))
  } finally {
    await remove()
  }
}

test('is the nearest folder upward with a manifest or a config', async () => {
  assert.is(await find({ 'manifest.json': '[]' }, 'a/b'), '')
  assert.is(await find({ 'manifest.json': '[]', 'a/datamanager.config.ts': '' }, 'a/b'), 'a')
  assert.is(await find({ 'a/.datamanagerrc': '' }, 'a/b/c'), 'a')
})

test('a package.json counts only with a datamanager key', async () => {
  assert.is(await find({ '.git/HEAD': '', 'a/package.json': '{"name":"x"}' }, 'a/b'), '')
  assert.is(await find({ '.git/HEAD': '', 'a/package.json': '{"datamanager":{}}' }, 'a/b'), 'a')
})

test('is the git root where there is neither, never beyond it', async () => {
  assert.is(await find({ 'manifest.json': '[]', 'repo/.git/HEAD': '' }, 'repo/x/y'), 'repo')
})

test('.env adds to the environment and never overrides it', async () => {
  const { folder, remove } = await temporaryFolder()
  try {
    await writeFiles(folder, { '.env': 'A=file\nB="from file" # comment\n' })
    assert.equal(await withEnvFile(folder, { A: 'set' }), { A: 'set', B: 'from file' })
    assert.equal(await withEnvFile(path.join(folder, 'none'), { A: 'set' }), { A: 'set' })
  } finally {
    await remove()
  }
})

test.run()
