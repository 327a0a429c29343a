import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type OpenReference, readOpenReferences } from '../../../lib/git/open-references.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { gitHttpServer } from '../../helpers/git-http-server.ts'
import { failureOf, inFolder, open } from './sandbox.ts'

const test = suite('readOpenReferences')

const limit = 1000

async function read(
  folder: string,
  tip: string,
  env: Record<string, string> = {},
  deepens = true,
): Promise<OpenReference[]> {
  const repository = await open(folder, { env })
  return Array.fromAsync(
    readOpenReferences(repository, { commit: tip }, { path: 'm', limit, deepens }),
  )
}

/** `names: before -> after`, in the order of names. */
function told(references: readonly OpenReference[]): string[] {
  const text = (state: OpenReference['after']): string =>
    state.state === 'file' ? String(state.content) : state.state
  return references
    .map(({ names, before, after }) => `${names.join(' ')}: ${text(before)} -> ${text(after)}`)
    .toSorted()
}

/** Commits a file on a new branch of `from`, and pushes it under these names. */
async function propose(
  work: TestRepository,
  from: string,
  files: Record<string, string>,
  names: readonly string[],
): Promise<string> {
  await work.git('switch', '--quiet', '--detach', from)
  const commit = await work.commit(`Propose ${names.join(' ')}`, files)
  await work.git('push', '--quiet', 'origin', ...names.map((name) => `HEAD:${name}`))
  return commit
}

test(
  'tells what branches and pull requests change of the file where they left the base',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const first = await work.git('rev-parse', 'main')
    const tip = await work.commit('Go on', { m: 'two' })
    await work.git('push', '--quiet', 'origin', 'main', 'main:merged', `${first}:refs/heads/behind`)
    const stale = ['refs/heads/stale', 'refs/pull/7/head']
    const commit = await propose(work, first, { m: 'stale' }, stale)
    const older = await propose(work, 'main', { m: 'older' }, ['refs/heads/data/new'])
    await propose(work, older, { m: 'new' }, ['refs/heads/data/new'])
    await propose(work, 'main', { other: '1' }, ['refs/heads/code'])
    await propose(work, first, { other: '2' }, ['refs/heads/old-code'])
    await propose(work, 'main', { m: 'x'.repeat(limit + 1) }, ['refs/pull/1/head'])
    await work.git('switch', '--quiet', '--detach', 'main')
    await work.git('rm', '--quiet', 'm')
    await propose(work, 'HEAD', {}, ['refs/heads/gone'])
    await propose(work, 'HEAD', { 'm/x': '1', 'm/y': '2' }, ['refs/heads/folder'])
    await work.git('switch', '--quiet', '--orphan', 'alone')
    await work.commit('Alone', { m: 'alone' })
    await work.git('push', '--quiet', 'origin', 'alone', 'alone:alone-too')
    // Neither a branch of this clone nor anything else of the remote.
    await work.git('branch', 'local', commit)
    await work.git('push', '--quiet', 'origin', `${commit}:refs/notes/x`, `${commit}:refs/tags/x`)

    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    const before = await clone.git('for-each-ref')
    const references = await read(clone.folder, tip)
    assert.equal(told(references), [
      'refs/heads/alone refs/heads/alone-too: absent -> alone',
      'refs/heads/data/new: two -> new',
      'refs/heads/folder: two -> other',
      'refs/heads/gone: two -> absent',
      `refs/heads/stale refs/pull/7/head: one -> stale`,
      'refs/pull/1/head: two -> too-large',
    ])
    const found = references.find(({ names }) => names.includes('refs/heads/stale'))
    assert.is(found?.commit, commit)
    assert.is(found?.mergeBase, first)
    assert.is(
      Number(found?.made.at),
      1000 * Number(await work.git('show', '-s', '--format=%ct', commit)),
    )
    assert.is(await clone.git('for-each-ref'), before)
    assert.is(await clone.git('fsck', '--no-dangling'), '')
    // Again, with nothing to fetch.
    assert.is((await read(clone.folder, tip)).length, 6)
  }),
)

test(
  'compares with the newest commit of the base that a branch has taken in',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { m: 'one' })
    await work.git('switch', '--quiet', '--create', 'side')
    await work.commit('On the side', { x: '1' })
    for (const text of ['two', 'three']) {
      await work.git('switch', '--quiet', 'main')
      await work.commit('Go on', { m: text })
      await work.git('switch', '--quiet', 'side')
      await work.git('merge', '--quiet', '-m', 'Update', 'main')
    }
    const base = await work.git('rev-parse', 'main')
    await work.commit('Propose', { m: 'mine' })
    await work.git('switch', '--quiet', 'main')
    const tip = await work.commit('And on', { m: 'four' })
    await work.git('push', '--quiet', 'origin', 'main', 'side')
    const references = await read(work.folder, tip)
    assert.equal(told(references), ['refs/heads/side: three -> mine'])
    assert.is(references[0]?.mergeBase, base)
  }),
)

test(
  'tells what left the base before it had the file, and nothing of what has no common history',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { old: 'one' })
    await propose(work, 'main', { old: 'mine' }, ['refs/heads/before'])
    await propose(work, 'main', { 'm/x': '1' }, ['refs/heads/folder'])
    await work.git('switch', '--quiet', 'main')
    await work.commit('Put a folder there', { 'm/x': 'a folder' })
    await propose(work, 'main', { x: '1' }, ['refs/heads/in-between'])
    await work.git('switch', '--quiet', 'main')
    await work.git('rm', '--quiet', '-r', 'm')
    const tip = await work.commit('Move', { m: 'one' })
    await work.git('push', '--quiet', 'origin', 'main')
    await propose(work, 'main', { x: '1' }, ['refs/heads/after'])
    await work.git('switch', '--quiet', '--orphan', 'pages')
    await work.commit('Pages', { index: '1' })
    await work.git('push', '--quiet', 'origin', 'pages')
    assert.equal(told(await read(work.folder, tip)), [
      'refs/heads/before: absent -> absent',
      'refs/heads/folder: absent -> other',
      'refs/heads/in-between: other -> other',
    ])
    // The base has no such file either: it says nothing of what a branch may have.
    await work.git('switch', '--quiet', 'main')
    await work.git('rm', '--quiet', 'm')
    const gone = await work.commit('Move on', {})
    await work.git('push', '--quiet', 'origin', 'main')
    assert.equal(told(await read(work.folder, gone)), ['refs/heads/folder: absent -> other'])
  }),
)

test(
  'reads the branches here where there is no remote',
  inFolder(async (folder) => {
    const { git, commit } = await createRepository(folder)
    const tip = await commit('Begin', { m: 'one' })
    await git('switch', '--quiet', '--create', 'side')
    await commit('Propose', { m: 'mine' })
    assert.equal(told(await read(folder, tip)), ['refs/heads/side: one -> mine'])
    await git('switch', '--quiet', 'main')
    await git('branch', '--quiet', '-D', 'side')
    assert.equal(await read(folder, tip), [])
  }),
)

test(
  'fetches of a proposal only the file, where the remote can do that, and changes no setting',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    await remote.git('config', 'uploadpack.allowFilter', 'true')
    const tip = await work.git('rev-parse', 'main')
    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    await propose(work, 'main', { m: 'mine', big: 'not wanted' }, ['refs/pull/3/head'])
    const big = await work.git('rev-parse', 'HEAD:big')
    const server = await gitHttpServer(folder)
    try {
      await clone.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const config = await readFile(path.join(clone.folder, '.git/config'), 'utf8')
      const objects = await clone.git('count-objects', '-v')
      assert.equal(told(await read(clone.folder, tip)), ['refs/pull/3/head: one -> mine'])
      assert.is(await clone.git('count-objects', '-v'), objects)
      const folders = path.join(clone.folder, '.git/datamanager/references')
      const has = (): Promise<string> =>
        promisify(execFile)('git', ['cat-file', '-t', big], {
          cwd: clone.folder,
          env: { ...gitTestEnvironment, GIT_OBJECT_DIRECTORY: folders },
        }).then(
          ({ stdout }) => stdout,
          () => 'not here',
        )
      assert.is(await has(), 'not here')
      assert.is(await readFile(path.join(clone.folder, '.git/config'), 'utf8'), config)
      assert.is(await clone.git('fsck', '--no-dangling'), '')
      // The list, and nothing else.
      const before = server.requests.length
      await read(clone.folder, tip)
      const asked = server.requests.slice(before)
      assert.equal(asked, [
        'GET /remote.git/info/refs?service=git-upload-pack',
        'POST /remote.git/git-upload-pack',
      ])
    } finally {
      await server.close()
    }
  }),
)

test(
  'deepens a shallow clone until it knows where a branch left the base',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const first = await work.git('rev-parse', 'main')
    for (let n = 0; n < 4; n++) await work.commit('Go on', { x: `${n}` })
    const tip = await work.commit('Go on', { m: 'two' })
    await work.git('push', '--quiet', 'origin', 'main')
    await propose(work, first, { m: 'mine' }, ['refs/heads/side'])
    await propose(work, tip, { m: 'next' }, ['refs/heads/near'])
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--depth=1',
    ])
    // Where that is not wanted, it stays as it is, and what it does not tell is left out.
    const near = 'refs/heads/near: two -> next'
    assert.equal(told(await read(clone.folder, tip, {}, false)), [near])
    assert.is(await clone.git('rev-list', '--count', '--all'), '1')
    const references = (await read(clone.folder, tip)).filter(
      ({ names }) => !names.includes('refs/heads/near'),
    )
    assert.equal(told(references), ['refs/heads/side: one -> mine'])
    assert.is(references[0]?.mergeBase, first)
  }),
)

test(
  'costs a handful of processes, however many branches there are',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const tip = await work.git('rev-parse', 'main')
    const stream = Array.from({ length: 500 }, (_, n) =>
      [
        `commit refs/heads/data/x-${n}`,
        `committer x <x@example.org> ${1_700_000_000 + n} +0000`,
        'data 1\nm',
        `from ${tip}`,
        `M 100644 inline ${n % 2 === 0 ? 'm' : 'other'}`,
        `data <<END\n${n}\nEND\n`,
      ].join('\n'),
    )
    const child = spawn('git', ['fast-import', '--quiet'], {
      cwd: remote.folder,
      env: gitTestEnvironment,
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    child.stdin.end(stream.join(''))
    await once(child, 'exit')
    const trace = path.join(folder, 'trace')
    const global = path.join(folder, 'gitconfig')
    await work.git('config', '--file', global, 'trace2.normalTarget', trace)
    const references = await read(work.folder, tip, { GIT_CONFIG_GLOBAL: global })
    assert.is(references.length, 250)
    const contents = references.map(({ after }) => after.state === 'file' && String(after.content))
    assert.is(new Set(contents).size, 250)
    const commands = (await readFile(trace, 'utf8'))
      .split('\n')
      .filter((line) => / version /.test(line))
    // Those that git starts itself and the remote's are among them.
    assert.ok(commands.length > 5 && commands.length < 25, `${commands.length} git processes`)
  }),
)

test(
  'begins its own folder anew when it has many packs, and says where it cannot write it',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const tip = await work.git('rev-parse', 'main')
    await propose(work, 'main', { m: 'mine' }, ['refs/heads/side'])
    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'), [
      '--single-branch',
    ])
    const own = path.join(clone.folder, '.git/datamanager/references')
    for (let n = 0; n < 2; n++) {
      assert.equal(told(await read(clone.folder, tip)), ['refs/heads/side: one -> mine'])
      const packs = await readdir(path.join(own, 'pack'))
      assert.ok(packs.length < 200)
      for (let file = 0; file < 201; file++) await writeFile(path.join(own, 'pack', `${file}`), '')
    }
    await rm(path.dirname(own), { recursive: true })
    await writeFile(path.dirname(own), '')
    await failureOf(read(clone.folder, tip), 'DM_GIT_FETCH_FAILED')
  }),
)

test(
  'tells a file as unreadable whose content the remote does not give',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    await remote.git('config', 'uploadpack.allowFilter', 'true')
    const tip = await work.git('rev-parse', 'main')
    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    await propose(work, 'main', { m: 'mine' }, ['refs/heads/side'])
    let requests = 0
    // Two for what is open, two for the commits.
    const server = await gitHttpServer(folder, { treat: () => (++requests > 4 ? 'cut' : 'answer') })
    try {
      await clone.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const expected = ['refs/heads/side: one -> unreadable']
      assert.equal(told(await read(clone.folder, tip)), expected)
    } finally {
      await server.close()
    }
  }),
)

test(
  'asks again where a branch has gone in between',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const tip = await work.git('rev-parse', 'main')
    const clone = await cloneRepository(remote.folder, path.join(folder, 'clone'))
    await propose(work, 'main', { m: 'gone' }, ['refs/heads/gone'])
    await propose(work, 'main', { m: 'mine' }, ['refs/heads/side'])
    let requests = 0
    const server = await gitHttpServer(folder, {
      treat: async (): Promise<'answer'> => {
        // Two are the question for what is open; then comes the fetch.
        if (++requests === 3) {
          await remote.git('update-ref', '-d', 'refs/heads/gone')
          await remote.git('prune', '--expire=now')
        }
        return 'answer'
      },
    })
    try {
      await clone.git('remote', 'set-url', 'origin', server.url('remote.git'))
      assert.equal(told(await read(clone.folder, tip)), ['refs/heads/side: one -> mine'])
    } finally {
      await server.close()
    }
  }),
)

test(
  'says that the remote does not answer',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { m: 'one' })
    const tip = await work.git('rev-parse', 'main')
    await work.git('remote', 'set-url', 'origin', `${remote.folder}-gone`)
    await failureOf(read(work.folder, tip), 'DM_GIT_REMOTE_UNREACHABLE')
    await failureOf(read(work.folder, '--all'), 'DM_GIT_BAD_COMMIT')
  }),
)

test(
  'asks again where what was answered before is gone meanwhile',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { m: 'one' })
    const commit = await work.git('rev-parse', 'main')
    await propose(work, commit, { m: 'two' }, ['refs/heads/there'])
    const references = new Map([['refs/heads/gone', 'f'.repeat(40)]])
    const repository = await open(work.folder)
    const file = { path: 'm', limit, deepens: true }
    const found = await Array.fromAsync(
      readOpenReferences(repository, { commit, references }, file),
    )
    assert.equal(told(found), ['refs/heads/there: one -> two'])
  }),
)

test.run()
