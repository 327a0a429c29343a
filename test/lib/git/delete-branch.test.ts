import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { deleteLocalBranch, deleteRemoteBranch } from '../../../lib/git/delete-branch.ts'
import { pushCommit } from '../../../lib/git/push-commit.ts'
import { denyPushes, type TestRepository } from '../../helpers/git-repository.ts'
import { change, overHttp, pushRequest, scene } from './push-scene.ts'
import { failureOf, inFolder } from './sandbox.ts'

const test = suite('deleting a branch')
const branch = 'data/a-v2'
const ref = `refs/heads/${branch}`

test(
  'a branch of the remote goes only from where it was expected, and twice is once',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const [first, theirs] = [
      await change(repository, base, '2'),
      await change(repository, base, '3'),
    ]
    await pushCommit(repository, { commit: first, branch, expected: null })
    await pushCommit(repository, { commit: theirs, branch: 'theirs', expected: null })
    await remote.git('update-ref', ref, theirs)
    const expected = first
    assert.equal(await deleteRemoteBranch(repository, { branch, expected }), { outcome: 'moved' })
    assert.is(await remote.git('rev-parse', branch), theirs)
    // Nor is what has moved replaced.
    const anew = { commit: await change(repository, base, '4'), branch, expected, replaces: true }
    assert.equal(await pushCommit(repository, anew), { outcome: 'moved', tip: theirs })
    assert.is(await remote.git('rev-parse', branch), theirs)
    await remote.git('update-ref', ref, first)
    assert.is((await pushCommit(repository, anew)).outcome, 'pushed')
    for (const _ of [1, 2]) {
      const deleted = await deleteRemoteBranch(repository, { branch, expected: anew.commit })
      assert.equal(deleted, { outcome: 'deleted' })
    }
    assert.is(await remote.git('for-each-ref', ref), '')
  }),
)

test(
  'what the remote refuses is told in its words',
  inFolder(async (folder) => {
    const { repository, base, remote } = await scene(folder)
    const expected = await change(repository, base, '2')
    await pushCommit(repository, { commit: expected, branch, expected: null })
    await denyPushes(remote.folder, 'protected')
    const refused = await deleteRemoteBranch(repository, { branch, expected })
    assert.is(refused.outcome, 'refused')
    assert.match('detail' in refused ? refused.detail : '', 'protected')
    assert.is(await remote.git('rev-parse', branch), expected)
  }),
)

let home: TestRepository | undefined
let late: Promise<unknown> | undefined

test(
  'a deletion that takes effect only after its connection was lost is waited for',
  overHttp(
    {
      treat: (request) => {
        if (request !== pushRequest) return 'answer'
        // A client may ask twice on a connection that breaks.
        late ??= sleep(500).then(() => home?.git('update-ref', '-d', ref))
        return 'cut'
      },
    },
    async ({ repository, base: expected, remote }) => {
      home = remote
      await remote.git('branch', branch, expected)
      const deleted = await deleteRemoteBranch(repository, { branch, expected })
      await late
      assert.equal(deleted, { outcome: 'deleted' })
    },
  ),
)

test(
  'whether it is gone is unknown where the remote falls silent',
  overHttp({}, async ({ repository, base, server }) => {
    await server.close()
    const deletion = { branch, expected: base }
    await failureOf(deleteRemoteBranch(repository, deletion), 'DM_GIT_PUSH_UNKNOWN')
  }),
)

test(
  'a local branch goes only from where it was expected, and never while it is checked out',
  inFolder(async (folder) => {
    const { repository, base, work } = await scene(folder)
    const other = await change(repository, base, '2')
    await work.git('branch', branch, other)
    const wrong = await deleteLocalBranch(repository, { branch, expected: base })
    assert.equal(wrong, { outcome: 'moved' })
    await work.git('checkout', '--quiet', branch)
    const deletion = { branch, expected: other }
    await failureOf(deleteLocalBranch(repository, deletion), 'DM_GIT_BRANCH_CHECKED_OUT')
    await work.git('checkout', '--quiet', 'main')
    for (const _ of [1, 2]) {
      assert.equal(await deleteLocalBranch(repository, deletion), { outcome: 'deleted' })
    }
    assert.is(await work.git('for-each-ref', ref), '')
  }),
)

test.run()
