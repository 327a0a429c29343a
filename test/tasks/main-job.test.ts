import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmJson, runHere } from '../helpers/dm-here.ts'
import { createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { repositoryState } from '../helpers/repository-state.ts'

const test = suite('the main job')

test('with a remote, three versions go from prepare to pull, and the dirty checkout stays', () =>
  inFolder(async (folder) => {
    const { work, remote, merge, manifest } = await createDataRepository(folder)
    await work.git('switch', '--quiet', '--create', 'mine')
    await work.write({ 'manifest.json': 'half an idea', untracked: 'x', staged: 'y' })
    await work.git('add', 'staged')
    const before = await repositoryState(work)
    for (const number of [1, 2, 3]) {
      const file = await createTemoaDatabase(folder, `v${number}.sqlite`, number * 100)
      const prepared = await dmJson(work.folder, ['prepare', 'model.sqlite', file])
      assert.is(prepared['version'], `v${number}`)
      assert.is(prepared['branch'], `data/model-v${number}`)
      assert.is(prepared['pushed'], true)
      assert.is(await repositoryState(work), before)

      const merged = await merge(`data/model-v${number}`)
      const published = await dmJson(work.folder, ['publish'])
      const key = `model/v${number}-${String(prepared['sha256'])}.sqlite`
      const version = `v${number}`
      const expected = { dataset: 'model.sqlite', version, bucket: 'production', key, url: null }
      assert.equal(published['published'], [expected])
      assert.is(published['pushed'], true)
      const [dataset] = await manifest()
      const [entry] = dataset?.history ?? []
      assert.is(dataset?.latestVersion, `v${number}`)
      assert.is(entry?.commit, merged.slice(0, 7))
      assert.is(entry?.description, `Add model.sqlite v${number}`)
      assert.is(entry?.staging_key, undefined)

      assert.match(await remote.git('show', 'main:docs/datasets.md'), `| v${number} | `)

      const output = path.join(folder, 'pulled.sqlite')
      const pulled = await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output])
      assert.is(pulled['version'], `v${number}`)
      assert.is(pulled['sha256'], prepared['sha256'])
      assert.ok((await readFile(output)).equals(await readFile(file)))
      assert.is(await repositoryState(work), before)
    }
    const old = path.join(folder, 'old.sqlite')
    await dmJson(work.folder, ['pull', 'model.sqlite@v1', '-o', old])
    assert.ok((await readFile(old)).equals(await readFile(path.join(folder, 'v1.sqlite'))))
  }))

test('without a remote, publish moves the local base and refreshes what is clean', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n', other: '1' })
    await work.write({ other: 'mine' })
    const file = await createTemoaDatabase(folder)
    const prepared = await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    assert.is(prepared['pushed'], false)
    await work.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'data/model-v1')
    const published = await dmJson(work.folder, ['publish'])
    assert.is(published['pushed'], false)
    assert.is(await work.git('rev-parse', 'main'), published['commit'])
    assert.is(await work.git('status', '--porcelain'), ' M other')
    assert.match(await readFile(path.join(work.folder, 'manifest.json'), 'utf8'), '"v1"')
    const output = path.join(folder, 'pulled.sqlite')
    await dmJson(work.folder, ['pull', 'model.sqlite', '-o', output])
    assert.ok((await readFile(output)).equals(await readFile(file)))
  }))

test('a manifest with uncommitted work in the checked-out base is left as it is, and said', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n' })
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await work.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'data/model-v1')
    await work.write({ 'manifest.json': 'mine' })
    const run = await runHere(work.folder, ['publish'])
    assert.is(run.exit, 0)
    assert.match(run.stderr, 'manifest.json')
    assert.is(await readFile(path.join(work.folder, 'manifest.json'), 'utf8'), 'mine')
    assert.match(await work.git('show', 'main:manifest.json'), '"latestVersion": "v1"')
    // The index follows: a commit of something else must not take the publication back.
    assert.is(await work.git('diff', '--cached', '--name-only'), '')
  }))

test('a link in the way of the page is left as it is, and said', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n', '.gitignore': 'docs\n' })
    await mkdir(path.join(folder, 'elsewhere'))
    await symlink('../elsewhere', path.join(work.folder, 'docs'))
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await work.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'data/model-v1')
    const { notices } = await dmJson(work.folder, ['publish'])
    assert.match(JSON.stringify(notices), 'docs/datasets.md')
    assert.is(await readlink(path.join(work.folder, 'docs')), '../elsewhere')
    assert.equal(await readdir(path.join(folder, 'elsewhere')), [])
  }))

test('a repository without a commit gets its first one from a proposal', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    assert.is(
      (await dmJson(work.folder, ['prepare', 'model.sqlite', file]))['alreadyPrepared'],
      true,
    )
    assert.is(await work.git('log', '--format=%P', 'data/model-v1'), '')
    await work.git('merge', '--quiet', 'data/model-v1')
    assert.is(((await dmJson(work.folder, ['publish']))['published'] as unknown[]).length, 1)
  }))

test('a data repository in a subfolder keeps to its subfolder', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder, {
      'data/manifest.json': '[]\n',
      'manifest.json': 'not ours',
    })
    const root = path.join(work.folder, 'data')
    await mkdir(path.join(root, 'deep'), { recursive: true })
    const file = await createTemoaDatabase(folder)
    await dmJson(path.join(root, 'deep'), ['prepare', 'model.sqlite', file])
    const changed = await work.git('diff', '--name-only', 'main', 'origin/data/model-v1')
    assert.is(changed, 'data/manifest.json')
    await merge('data/model-v1')
    await dmJson(work.folder, ['-C', 'data', 'publish'])
    await dmJson(path.join(root, 'deep'), ['pull', 'model.sqlite'])
    const pulled = await readFile(path.join(root, 'deep/model.sqlite'))
    assert.ok(pulled.equals(await readFile(file)))
  }))

test('a linked work tree and a clone made with one branch and no history work as well', () =>
  inFolder(async (folder) => {
    const { work, remote, merge } = await createDataRepository(folder)
    const linked = path.join(folder, 'linked')
    await work.git('worktree', 'add', '--quiet', '--detach', linked)
    const file = await createTemoaDatabase(folder)
    await dmJson(linked, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    // The work trees of a repository share its embedded store.
    await dmJson(work.folder, ['publish'])
    await work.git('clone', '--quiet', '--depth=1', `file://${remote.folder}`, '../shallow')
    const shallow = path.join(folder, 'shallow')
    await writeFile(path.join(folder, 'identity'), '[user]\n name = A\n email = a@example.org\n')
    const second = await createTemoaDatabase(folder, 'second.sqlite', 50)
    const env = { GIT_CONFIG_GLOBAL: path.join(folder, 'identity') }
    const prepared = await dmJson(shallow, ['prepare', 'model.sqlite', second], { env })
    assert.is(prepared['version'], 'v2')
  }))

test('list shows what is published, what waits, and an empty repository says how to begin', () =>
  inFolder(async (folder) => {
    const { work, merge } = await createDataRepository(folder)
    const empty = await runHere(work.folder, ['list'])
    assert.match(empty.stdout, 'dm prepare')
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file, '--bucket', 'internal'])
    await merge('data/model-v1')
    await work.git('fetch', '--quiet')
    const waiting = (await dmJson(work.folder, ['list-datasets']))['datasets'] as object[]
    assert.is(waiting.length, 1)
    assert.equal((waiting[0] as { latest: unknown }).latest, null)
    assert.is((waiting[0] as { pending: unknown[] }).pending.length, 1)
    await dmJson(work.folder, ['publish'])
    const { stdout } = await runHere(work.folder, ['list'])
    assert.match(stdout, /model\.sqlite +internal +v1 +just now/)
  }))

test.run()
