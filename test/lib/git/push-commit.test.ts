import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fetchBase } from '../../../lib/git/fetch-base.ts'
import type { WithRemote } from '../../../lib/git/list-remote.ts'
import { pushCommit } from '../../../lib/git/push-commit.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'
import {
  gitHttpServer,
  type GitHttpServer,
  type GitHttpServerOptions,
  type Treatment,
} from '../../helpers/git-http-server.ts'
import {
  cloneRepository,
  createRemoteAndClone,
  denyPushes,
  type TestRepository,
} from '../../helpers/git-repository.ts'
import { failureOf, inFolder, openWithRemote } from './sandbox.ts'

const test = suite('pushCommit')

interface Scene {
  readonly folder: string
  readonly remote: TestRepository
  readonly work: TestRepository
  readonly repository: WithRemote
  readonly base: string
}

const pushRequest = 'POST /remote.git/git-receive-pack'

async function scene(folder: string): Promise<Scene> {
  const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
  const repository = await openWithRemote(work.folder)
  const base = await work.git('rev-parse', 'main')
  return { folder, remote, work, repository, base }
}

/** As `inFolder`, with a remote, a clone, and the clone's connection over HTTP. */
function overHttp(
  options: GitHttpServerOptions,
  body: (scene: Scene & { server: GitHttpServer }) => Promise<void>,
): () => Promise<void> {
  return inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
    const server = await gitHttpServer(folder, options)
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      const repository = await openWithRemote(work.folder)
      const base = await work.git('rev-parse', 'main')
      await body({ folder, remote, work, repository, base, server })
    } finally {
      await server.close()
    }
  })
}

function change(repository: WithRemote, parent: string, text: string): Promise<string> {
  const files = new Map([['a', Buffer.from(text)]])
  return writeCommit(repository, { parents: [parent], files, message: `Write ${text}` })
}

test(
  'makes a branch and continues it',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const branch = 'data/a-v2'
    const first = await change(repository, base, '2')
    assert.equal(await pushCommit(repository, { commit: first, branch, expected: null }), {
      outcome: 'pushed',
      tip: first,
    })
    const second = await change(repository, first, '3')
    await pushCommit(repository, { commit: second, branch, expected: first })
    assert.is(await remote.git('rev-parse', branch), second)
  }),
)

test(
  'succeeds again where the remote has the commit already',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
    await pushCommit(repository, push)
    assert.is((await pushCommit(repository, push)).outcome, 'pushed')
  }),
)

test(
  'succeeds where the remote has gone on from the commit in the meantime',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
    await pushCommit(repository, push)
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More')
    await other.git('push', '--quiet', 'origin', 'main')
    assert.equal(await pushCommit(repository, push), { outcome: 'pushed', tip })
  }),
)

test(
  'reports a base that has moved, and leaves it',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const other = await cloneRepository(remote.folder, path.join(folder, 'other'))
    const tip = await other.commit('More', { a: 'theirs' })
    await other.git('push', '--quiet', 'origin', 'main')
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    assert.equal(outcome, { outcome: 'moved', tip })
    assert.is(await remote.git('rev-parse', 'main'), tip)

    const again = await change(repository, tip, '2')
    const retried = await pushCommit(repository, { commit: again, branch: 'main', expected: tip })
    assert.is(retried.outcome, 'pushed')
  }),
)

test(
  'does not take over a branch that must not exist, even where it could be continued',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    await remote.git('branch', 'data/x', base)
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'data/x', expected: null })
    assert.equal(outcome, { outcome: 'moved', tip: base })
    assert.is(await remote.git('rev-parse', 'data/x'), base)
  }),
)

test(
  'reports a branch that was deleted in the meantime',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'data/x', expected: base })
    assert.equal(outcome, { outcome: 'moved', tip: null })
  }),
)

test(
  'never replaces commits, not even those that were expected',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const theirs = await change(repository, base, 'theirs')
    await pushCommit(repository, { commit: theirs, branch: 'main', expected: base })
    const ours = await change(repository, base, 'ours')
    const pushing = pushCommit(repository, { commit: ours, branch: 'main', expected: theirs })
    await failureOf(pushing, 'DM_GIT_NOT_FAST_FORWARD')
    assert.is(await remote.git('rev-parse', 'main'), theirs)
  }),
)

test(
  'gives the words of a remote that refuses',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    await denyPushes(remote.folder, 'main is protected: see https://ada:s3cret@host/rules')
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    if (outcome.outcome !== 'refused') throw new Error(outcome.outcome)
    assert.is(outcome.tip, base)
    assert.match(outcome.detail, 'main is protected')
    assert.not.match(outcome.detail, 's3cret')
  }),
)

test(
  'runs no hook of the user',
  inFolder(async (folder) => {
    const { repository, base, work } = await scene(folder)
    const hooks = path.join(work.folder, '.git', 'hooks')
    await mkdir(hooks, { recursive: true })
    await writeFile(path.join(hooks, 'pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const commit = await change(repository, base, '2')
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
    assert.is(outcome.outcome, 'pushed')
  }),
)

test(
  'pushes neither tags nor other branches that the user has set to go along',
  inFolder(async (folder) => {
    const { repository, base, work, remote } = await scene(folder)
    await work.git('config', 'push.followTags', 'true')
    await work.git('config', 'push.default', 'matching')
    await work.git('tag', '-a', '-m', 'x', 'v1', base)
    await work.commit('Not to be pushed')
    const commit = await change(repository, base, '2')
    await pushCommit(repository, { commit, branch: 'data/x', expected: null })
    assert.is(
      await remote.git('for-each-ref', '--format=%(refname)'),
      'refs/heads/data/x\nrefs/heads/main',
    )
    assert.is(await remote.git('rev-parse', 'main'), base)
  }),
)

test(
  'refuses names that are no branch',
  inFolder(async (folder) => {
    const { repository, base } = await scene(folder)
    for (const branch of ['--delete', 'a:refs/heads/main', '', 'a..b', 'HEAD']) {
      const pushing = pushCommit(repository, { commit: base, branch, expected: null })
      await failureOf(pushing, 'DM_GIT_BAD_NAME')
    }
  }),
)

test(
  'finds that a push has arrived whose answer was lost',
  overHttp(
    { treat: (request) => (request === pushRequest ? 'swallow' : 'answer') },
    async ({ repository, base, remote }) => {
      const commit = await change(repository, base, '2')
      const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
      assert.equal(outcome, { outcome: 'pushed', tip: commit })
      assert.is(await remote.git('rev-parse', 'main'), commit)
    },
  ),
)

test(
  'finds a push that takes effect only after its connection was lost',
  inFolder(async (folder) => {
    const { remote, work } = await createRemoteAndClone(folder, { a: '1' })
    const base = await work.git('rev-parse', 'main')
    let commit = base
    let accepted: Promise<unknown> | undefined
    const server = await gitHttpServer(folder, {
      treat: (request) => {
        if (request !== pushRequest) return 'answer'
        // A client may ask twice on a connection that breaks.
        accepted ??= sleep(500).then(() =>
          remote.git('fetch', '--quiet', work.folder, `${commit}:main`),
        )
        return 'cut'
      },
    })
    try {
      await work.git('remote', 'set-url', 'origin', server.url('remote.git'))
      await work.git('config', 'uploadpack.allowAnySHA1InWant', 'true')
      const repository = await openWithRemote(work.folder)
      commit = await change(repository, base, '2')
      const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
      assert.equal(outcome, { outcome: 'pushed', tip: commit })
    } finally {
      await accepted
      await server.close()
    }
  }),
)

test(
  'takes a push that the remote never got for refused',
  overHttp(
    { treat: (request) => (request.includes('receive-pack') ? 403 : 'answer') },
    async ({ repository, base }) => {
      const commit = await change(repository, base, '2')
      const outcome = await pushCommit(repository, { commit, branch: 'main', expected: base })
      if (outcome.outcome !== 'refused') throw new Error(outcome.outcome)
      assert.match(outcome.detail, '403')
    },
  ),
)

let down = false

test(
  'says that the outcome is unknown where the remote has vanished',
  overHttp(
    {
      treat: (request) => {
        if (request === pushRequest) down = true
        return down ? 'cut' : 'answer'
      },
    },
    async ({ repository, base }) => {
      const commit = await change(repository, base, '2')
      const pushing = pushCommit(repository, { commit, branch: 'main', expected: base })
      const error = await failureOf(pushing, 'DM_GIT_PUSH_UNKNOWN')
      assert.is(error.exit, 1)
      assert.match(error.hint, 'again')
    },
  ),
)

const controller = new AbortController()

test(
  'is not interrupted once it has begun, and tells its outcome',
  overHttp(
    {
      treat: async (request): Promise<Treatment> => {
        if (request !== pushRequest) return 'answer'
        controller.abort(new Error('enough'))
        await sleep(300)
        return 'answer'
      },
    },
    async ({ repository, base, remote }) => {
      const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
      const outcome = await pushCommit(repository, push, controller.signal)
      assert.is(outcome.outcome, 'pushed')
      assert.is(await remote.git('rev-parse', 'main'), push.commit)
    },
  ),
)

test(
  'does not begin once the signal has aborted',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const push = { commit: await change(repository, base, '2'), branch: 'main', expected: base }
    const reason = new Error('enough')
    const pushing = pushCommit(repository, push, AbortSignal.abort(reason))
    assert.is(await pushing.catch((error: unknown) => error), reason)
    assert.is(await remote.git('rev-parse', 'main'), base)
  }),
)

test(
  'makes the remote’s first commit',
  inFolder(async (folder) => {
    const { work, remote } = await createRemoteAndClone(folder, { a: '1' })
    await remote.git('update-ref', '-d', 'refs/heads/main')
    const repository = await openWithRemote(work.folder)
    const files = new Map([['a', Buffer.from('1')]])
    const commit = await writeCommit(repository, { parents: [], files, message: 'Begin' })
    const outcome = await pushCommit(repository, { commit, branch: 'main', expected: null })
    assert.is(outcome.outcome, 'pushed')
    assert.equal(await fetchBase(repository), { state: 'fetched', commit })
  }),
)

test.run()
