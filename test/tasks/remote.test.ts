import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { gitHttpServer } from '../helpers/git-http-server.ts'
import { cloneRepository, createRepository } from '../helpers/git-repository.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('the remote of a data repository')

test('prepare asks it once for its base and for what is open, and pushes once', () =>
  inFolder(async (folder) => {
    const { work } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    const server = await gitHttpServer(folder)
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      await dmJson(work.folder, ['prepare', 'model.sqlite', file])
      const services = server.requests
        .filter((request) => request.startsWith('GET '))
        .map((request) => request.split('service=')[1])
      assert.equal(services, ['git-upload-pack', 'git-receive-pack'])
    } finally {
      await server.close()
    }
  }))

test('where it is empty, nothing is proposed that could never be merged', () =>
  inFolder(async (folder) => {
    const remote = await createRepository(path.join(folder, 'remote.git'), { bare: true })
    const work = await cloneRepository(remote.folder, path.join(folder, 'work'))
    const file = await createTemoaDatabase(folder)
    const args = ['prepare', 'model.sqlite', file]
    for (const more of [[], ['--no-push'], ['--dry-run']]) {
      const expected = { exit: 2, code: 'DM_BASE_EMPTY' }
      const { hint } = await dmFailure(work.folder, [...args, ...more], expected)
      assert.match(hint, 'git push origin HEAD:main')
    }
    assert.is(await remote.git('for-each-ref'), '')
    assert.is(await work.git('for-each-ref'), '')
    const first = await work.commit('Begin', { 'README.md': 'Ours\n' })
    await work.git('push', '--quiet', 'origin', 'HEAD:main')
    await dmJson(work.folder, args)
    assert.is(await remote.git('rev-parse', 'data/model-v1^'), first)
  }))

test('where it lacks the history that a publication needs, that is said', () =>
  inFolder(async (folder) => {
    const { remote, work, merge } = await createDataRepository(folder)
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await merge('data/model-v1')
    const cut = path.join(folder, 'cut.git')
    await cloneRepository(`file://${remote.folder}`, cut, ['--bare', '--depth=1'])
    const clone = await cloneRepository(`file://${cut}`, path.join(folder, 'clone'))
    await dmFailure(clone.folder, ['publish'], { exit: 1, code: 'DM_GIT_SHALLOW' })
  }))

test('without one, a manifest with changes on disk is left alone, and that is told', () =>
  inFolder(async (folder) => {
    const work = await createRepository(path.join(folder, 'work'))
    await work.commit('Begin', { 'manifest.json': '[]\n' })
    const file = await createTemoaDatabase(folder)
    await dmJson(work.folder, ['prepare', 'model.sqlite', file])
    await work.git('merge', '--quiet', 'data/model-v1')
    await work.write({ 'manifest.json': 'mine' })
    const { commit, notices } = await dmJson(work.folder, ['publish'])
    const codes = (notices as { code: string }[]).map(({ code }) => code)
    assert.ok(codes.includes('DM_FILE_LEFT'))
    assert.is(await readFile(path.join(work.folder, 'manifest.json'), 'utf8'), 'mine')
    // The next commit of anything else keeps the publication.
    await work.git('commit', '--quiet', '--allow-empty', '-m', 'Go on')
    assert.is(await work.git('diff', '--name-only', String(commit), 'HEAD'), '')
  }))

test.run()
