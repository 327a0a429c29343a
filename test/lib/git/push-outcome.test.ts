import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pushCommit } from '../../../lib/git/push-commit.ts'
import { writeCommit } from '../../../lib/git/write-commit.ts'
import { gitHttpServer, type Treatment } from '../../helpers/git-http-server.ts'
import { createRemoteAndClone } from '../../helpers/git-repository.ts'
import { baseOf, failureOf, inFolder, openWithRemote } from './sandbox.ts'

import { change, overHttp, pushRequest, scene } from './push-scene.ts'

const test = suite('pushCommit, where the outcome is in doubt')

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
    const commit = await change(repository, base, '2')
    const reason = new Error('enough')
    for (const [branch, expected] of [
      ['main', base],
      ['new', null],
    ] as const) {
      const push = { commit, branch, expected }
      const pushing = pushCommit(repository, push, AbortSignal.abort(reason))
      assert.is(await pushing.catch((error: unknown) => error), reason)
    }
    assert.is(await remote.git('for-each-ref', '--format=%(objectname)'), base)
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
    assert.is(await baseOf(repository), commit)
  }),
)

test.run()
