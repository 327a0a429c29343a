import { readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchBaseCommit, readBaseCommit } from '../../../lib/git/base.ts'
import { readFile } from '../../../lib/git/read-file.ts'
import { gitHttpServer } from '../../helpers/git-http-server.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  createRepository,
} from '../../helpers/git-repository.ts'
import { baseOf, failureOf, inFolder, open } from './sandbox.ts'

const test = suite('fetchBaseCommit')

test(
  'brings the remote-tracking ref to the tip of the remote, and nothing else',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More', { a: '2' })
    await other.git('tag', 'v1')
    await other.git('push', '--quiet', 'origin', 'main', 'main:refs/heads/side', 'v1')
    const local = await work.git('rev-parse', 'main')

    const repository = await open(work.folder)
    assert.is(await baseOf(repository), tip)
    assert.is(await readBaseCommit(repository), tip)
    assert.is(
      await work.git('for-each-ref', '--format=%(refname) %(objectname)'),
      `refs/heads/main ${local}\nrefs/remotes/origin/HEAD ${tip}\nrefs/remotes/origin/main ${tip}`,
    )
    assert.is(await work.git('status', '--porcelain'), '')
  }),
)

test(
  'updates no other reference, whatever the user has configured for it',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More', { a: '2' })
    await other.git('push', '--quiet', 'origin', 'main')
    await work.git('config', 'remote.origin.fetch', '+refs/heads/*:refs/mirror/*')
    assert.is(await baseOf(await open(work.folder)), tip)
    assert.is(await work.git('for-each-ref', 'refs/mirror'), '')
    assert.not.ok((await readdir(path.join(work.folder, '.git'))).includes('FETCH_HEAD'))
  }),
)

test(
  'says that the remote does not answer where it falls silent in between',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    await other.commit('More', { a: '2' })
    await other.git('push', '--quiet', 'origin', 'main')
    let requests = 0
    // Two are the question for its branches.
    const server = await gitHttpServer(folder, { treat: () => (++requests > 2 ? 'cut' : 'answer') })
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      await failureOf(fetchBaseCommit(await open(work.folder)), 'DM_GIT_REMOTE_UNREACHABLE')
    } finally {
      await server.close()
    }
  }),
)

test(
  'asks one question and fetches nothing where it is up to date',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1' })
    const server = await gitHttpServer(folder)
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const fetched = await fetchBaseCommit(await open(work.folder))
      assert.is(fetched.state, 'fetched')
      assert.equal(server.requests, [
        'GET /remote.git/info/refs?service=git-upload-pack',
        'POST /remote.git/git-upload-pack',
      ])
    } finally {
      await server.close()
    }
  }),
)

test(
  'reaches the base from a single-branch clone of another branch',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    const base = await work.git('rev-parse', 'main')
    await work.git('push', '--quiet', 'origin', 'main:refs/heads/side')
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--single-branch',
      '--branch=side',
      '--depth=1',
    ])
    const repository = await open(clone.folder)
    assert.is(await baseOf(repository), base)
    assert.is(await readBaseCommit(repository), base)
  }),
)

test(
  'reads files in a blobless clone, where their content must be fetched first',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    await remote.git('config', 'uploadpack.allowFilter', 'true')
    const clone = await cloneRepository(`file://${remote.folder}`, path.join(folder, 'clone'), [
      '--filter=blob:none',
      '--no-checkout',
    ])
    const tip = await work.commit('More', { a: '2' })
    await work.git('push', '--quiet', 'origin', 'main')
    const repository = await open(clone.folder)
    await fetchBaseCommit(repository)
    assert.is(String(await readFile(repository, tip, 'a')), '2')
  }),
)

test(
  'follows a base that was rewritten on the remote',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1' })
    await work.git('commit', '--quiet', '--amend', '-m', 'Other')
    const tip = await work.git('rev-parse', 'HEAD')
    const before = await work.git('rev-parse', 'origin/main')
    await work.git('push', '--quiet', '--force', 'origin', 'main')
    await work.git('update-ref', 'refs/remotes/origin/main', before)
    assert.is(await baseOf(await open(work.folder)), tip)
  }),
)

test(
  'keeps the tags that git is set to prune',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    await other.commit('More')
    await other.git('push', '--quiet', 'origin', 'main')
    await work.git('tag', 'mine')
    for (const key of ['fetch.prune', 'fetch.pruneTags', 'remote.origin.pruneTags']) {
      await work.git('config', key, 'true')
    }
    await fetchBaseCommit(await open(work.folder))
    assert.is(await work.git('tag'), 'mine')
  }),
)

test(
  'forgets a base that the remote no longer has, and lists the branches there are',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1' })
    await work.git('push', '--quiet', 'origin', 'main:trunk')
    await work.git('remote', 'set-head', 'origin', 'main')
    const repository = await open(work.folder, { base: 'gone' })
    assert.is((await fetchBaseCommit(repository)).state, 'no-branch')
    const error = await failureOf(readBaseCommit(repository), 'DM_GIT_NO_BASE')
    assert.is(error.exit, 2)
    assert.equal(error.context.branches, ['main', 'trunk'])
    assert.match(error.hint, 'git.base')

    await work.git('update-ref', 'refs/remotes/origin/gone', 'HEAD')
    await fetchBaseCommit(repository)
    await failureOf(readBaseCommit(repository), 'DM_GIT_NO_BASE')
  }),
)

test(
  'says that the remote does not answer, without the password in its URL',
  inFolder(async (folder) => {
    const { git } = await createRepository(folder)
    await git('remote', 'add', 'origin', 'http://ada:s3cret@127.0.0.1:1/a/b.git')
    const error = await failureOf(fetchBaseCommit(await open(folder)), 'DM_GIT_REMOTE_UNREACHABLE')
    assert.is(error.exit, 1)
    assert.match(error.message, "'origin'")
    assert.not.match(`${error.message} ${error.hint} ${JSON.stringify(error.context)}`, 's3cret')
  }),
)

test(
  'tells a remote that does not answer from something here that is in the way',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More', { a: '2' })
    await other.git('push', '--quiet', 'origin', 'main')
    const repository = await open(work.folder)
    const refs = path.join(work.folder, '.git/refs/remotes/origin')
    await writeFile(path.join(refs, 'main.lock'), '')
    const error = await failureOf(fetchBaseCommit(repository), 'DM_GIT_FETCH_FAILED')
    assert.is(error.exit, 1)
    assert.match(error.message, 'main.lock')
    assert.match(error.hint, 'remove it')
    await rm(path.join(refs, 'main.lock'))
    // What is there already needs no writing.
    assert.is(await baseOf(repository), tip)
    await writeFile(path.join(refs, 'main.lock'), '')
    assert.is(await baseOf(repository), tip)

    await work.git('update-ref', 'refs/remotes/origin/release', 'HEAD')
    await other.git('push', '--quiet', 'origin', 'main:refs/heads/release/main')
    const blocked = fetchBaseCommit(await open(work.folder, { base: 'release/main' }))
    assert.match((await failureOf(blocked, 'DM_GIT_FETCH_FAILED')).hint, 'git remote prune origin')
  }),
)

test(
  'fails instead of asking for a password',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1' })
    const server = await gitHttpServer(folder, { credentials: 'ada:pw' })
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      await failureOf(fetchBaseCommit(await open(work.folder)), 'DM_GIT_REMOTE_UNREACHABLE')
      const url = server.url('remote.git').replace('http://', 'http://ada:pw@')
      await work.git('remote', 'set-url', 'origin', url)
      assert.is((await fetchBaseCommit(await open(work.folder))).state, 'fetched')
    } finally {
      await server.close()
    }
  }),
)

test(
  'is stopped by its signal while the remote is silent',
  inFolder(async (folder) => {
    const { work } = await createRemoteAndClone(folder, { a: '1' })
    const controller = new AbortController()
    const reason = new Error('enough')
    const server = await gitHttpServer(folder, {
      treat: () => {
        controller.abort(reason)
        return new Promise(() => undefined)
      },
    })
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const fetching = fetchBaseCommit(await open(work.folder), controller.signal)
      assert.is(await fetching.catch((error: unknown) => error), reason)
    } finally {
      await server.close()
    }
  }),
)

test(
  'has nothing to fetch without a remote',
  inFolder(async (folder) => {
    await createRepository(folder)
    assert.equal(await fetchBaseCommit(await open(folder)), { state: 'no-remote' })
  }),
)

test.run()
