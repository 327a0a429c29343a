import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { createFolderStore } from '../../lib/store/folder/folder-store.ts'
import { denyPushes } from '../helpers/git-repository.ts'
import { dataset as datasetOf, published } from '../lib/publication/scene.ts'
import { onRepository } from './publish-scene.ts'
import { onWork } from './work-scene.ts'

const test = suite('dm publish loses nothing')

test(
  'bytes stay where a published entry, or the whole manifest, vanished without a mark',
  onRepository(async ({ work, edit, propose, stored, folder }) => {
    await propose('a', 1)
    await propose('a', 2)
    await propose('b', 3)
    await dmJson(work.folder, ['publish'])
    const before = (await readdir(stored('production'), { recursive: true })).length
    let whole = ''
    await edit(([dataset, ...others]) => {
      whole = JSON.stringify([dataset, ...others])
      dataset?.history.shift()
    })
    const noticed = await dmJson(work.folder, ['publish'])
    assert.match(JSON.stringify(noticed['notices']), 'DM_OBJECT_ORPHAN')
    await edit(() => [])
    await dmJson(work.folder, ['publish'])
    assert.is((await readdir(stored('production'), { recursive: true })).length, before)
    await edit(() => JSON.parse(whole))
    await dmJson(work.folder, ['publish'])
    await dmJson(work.folder, ['pull', 'a.sqlite@v2', '-o', path.join(folder, 'out.sqlite')])
  }),
)

test(
  'what is marked goes from the manifest first, and its bytes only once that is on the base',
  onWork(async ({ commit, dm, home, keys, publish, put }) => {
    const [two, one] = [published('m', 'v2'), published('m', 'v1', { status: 'pending-deletion' })]
    const ageMs = 30 * 24 * 60 * 60 * 1000
    for (const { r2_object_key: key, version } of [two, one]) {
      await put('production', key, `m ${version}`, { ageMs })
    }
    const all = await keys('production')
    const before = await commit('refs/heads/main', { datasets: [datasetOf('m', [two, one])] })
    await denyPushes(home.folder, 'protected')
    await publish(1, 'DM_PUSH_REFUSED')
    assert.equal([await home.git('rev-parse', 'main'), await keys('production')], [before, all])
    const early = await dm('cleanup', '--older-than', '0', '-y')
    assert.equal([early.document['removed'], await keys('production')], [[], all])
    await rm(path.join(home.folder, 'hooks/pre-receive'))
    assert.equal((await publish(0)).deleted, ['m v1'])
    assert.equal(await keys('production'), all)
    await dm('cleanup', '--older-than', '0', '-y')
    assert.equal(await keys('production'), [two.r2_object_key])
  }),
)

test(
  'a revised proposal takes the bucket that it names',
  onRepository(async ({ work, remote, folder }) => {
    const file = await createTemoaDatabase(folder)
    const { commit } = await dmJson(work.folder, ['prepare', 'a.sqlite', file])
    const internal = ['prepare', 'a.sqlite', file, '--bucket', 'internal']
    const prepared = await dmJson(work.folder, internal)
    assert.is(prepared['branch'], 'data/a-v1')
    assert.is((prepared['replaces'] as { commit: string }).commit, commit)
    const manifest = await remote.git('show', `data/a-v1:manifest.json`)
    assert.match(manifest, '"bucket": "internal"')
  }),
)

test(
  'staged bytes that are not what their name says are cleared away, so that they can be staged anew',
  onRepository(async ({ work, folder, propose, staged: find }) => {
    const sha256 = await propose('a', 1)
    const staged = await find(sha256)
    const bytes = await readFile(staged)
    bytes[bytes.length - 1] = 0xff
    await chmod(staged, 0o644)
    await writeFile(staged, bytes)
    await dmFailure(work.folder, ['publish'], { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' })
    await dmJson(work.folder, ['prepare', 'a.sqlite', path.join(folder, 'a-1.sqlite')])
    assert.is(((await dmJson(work.folder, ['publish']))['published'] as unknown[]).length, 1)
  }),
)

test(
  'an object of another data repository is not taken over',
  onRepository(async ({ work, folder, propose }) => {
    const configOf = (repository: string): Record<string, string> => {
      const storage = { type: 'folder', path: path.join(folder, 'store') }
      return { 'datamanager.config.json': JSON.stringify({ storage, repository }) }
    }
    await work.write(configOf('some/body'))
    const sha256 = await propose('a', 1)
    const target = path.join(folder, 'store/production')
    const store = createFolderStore({
      bucket: 'production',
      root: path.join(folder, 'store'),
      repository: 'any/body',
    })
    await store.put(`a/v1-${sha256}.sqlite`, path.join(folder, 'a-1.sqlite'), {
      stamp: { sha256 },
    })
    const expected = { exit: 3, code: 'DM_PUBLISH_INCOMPLETE' }
    const { document } = await dmFailure(work.folder, ['publish'], expected)
    assert.is((document['failed'] as { code: string }[])[0]?.code, 'DM_OBJECT_FOREIGN')
    assert.equal(await readdir(path.join(target, 'a')), [`v1-${sha256}.sqlite`])
  }),
)

test(
  'a repository that was renamed can roll back to what it published before',
  onRepository(async ({ work, edit, propose }) => {
    const name = (repository: string): Promise<void> =>
      work.write({ 'datamanager.config.json': JSON.stringify({ repository }) })
    await name('old/name')
    await propose('a', 1)
    await propose('a', 2)
    await dmJson(work.folder, ['publish'])
    await name('new/name')
    await edit(([dataset]) => {
      const old = dataset?.history.find(({ version }) => version === 'v1')
      if (dataset === undefined || old === undefined) throw new Error('no v1')
      dataset.history.unshift({ ...old, version: 'v3', commit: 'pending-merge' })
    })
    const { rolledBack } = await dmJson(work.folder, ['publish'])
    assert.equal(rolledBack, [{ dataset: 'a.sqlite', version: 'v3' }])
  }),
)

test.run()
