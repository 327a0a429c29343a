import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { authorsOf, verifyIdentity } from '../../../lib/git/write-commit.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { failureOf, inFolder, open } from './sandbox.ts'
import { write } from './write-change.ts'

const test = suite('writeCommit, by whom')
const run = promisify(execFile)

test(
  'signs where commit.gpgsign is set, and the signature holds',
  inFolder(async (folder) => {
    const { git } = await createRepository(path.join(folder, 'work'))
    const key = path.join(folder, 'key')
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', key])
    const signers = path.join(folder, 'signers')
    await writeFile(signers, `ada@example.org ${await readFile(`${key}.pub`, 'utf8')}`)
    await git('config', 'gpg.format', 'ssh')
    await git('config', 'gpg.ssh.allowedSignersFile', signers)
    await git('config', 'user.signingkey', key)
    const repository = await open(path.join(folder, 'work'))
    const unsigned = await write(repository, null, { a: '1' })
    assert.is(await git('log', '-1', '--format=%G?', unsigned), 'N')

    await git('config', 'commit.gpgsign', 'true')
    const signed = await write(repository, unsigned, { a: '2' })
    assert.is(await git('log', '-1', '--format=%G? %GS', signed), 'G ada@example.org')

    await git('config', 'user.signingkey', path.join(folder, 'no-such-key'))
    const error = await failureOf(write(repository, null, { a: '3' }), 'DM_GIT_SIGNING_FAILED')
    assert.match(error.hint, 'user.signingkey')
    assert.match(error.message, 'no-such-key')
  }),
)

test(
  'knows who commits, or says how to tell git',
  inFolder(async (folder) => {
    const { commit, git } = await createRepository(folder)
    const hash = await commit('Begin')
    const repository = await open(folder)
    const ada = { name: 'Ada Test', email: 'ada@example.org' }
    assert.equal(await verifyIdentity(repository), ada)
    assert.equal(await authorsOf(repository, hash, null), [ada])
    await git('config', 'user.name', 'Eve')
    const next = await commit('Go on')
    assert.equal(await authorsOf(repository, next, null), [{ ...ada, name: 'Eve' }, ada])
    const eve = { ...ada, name: 'Eve' }
    assert.equal(await authorsOf(repository, next, hash), [eve])
    // A merge is nobody's, and goes on with the line that it continues.
    await git('config', 'user.name', 'Ada Test')
    const tree = `${hash}^{tree}`
    const side = await git('commit-tree', '-p', hash, '-m', 'Aside', tree)
    for (const [first, second, authors] of [
      [next, side, [eve, ada]],
      [side, next, [ada, eve]],
      [hash, side, [ada]],
    ] as const) {
      const merge = await git('commit-tree', '-p', first, '-p', second, '-m', 'Merge', tree)
      assert.equal(await authorsOf(repository, merge, hash), authors)
    }

    await git('config', '--unset', 'user.email')
    await git('config', 'user.useConfigOnly', 'true')
    const error = await failureOf(verifyIdentity(repository), 'DM_GIT_NO_IDENTITY')
    assert.is(error.exit, 2)
    assert.match(error.hint, 'git config --global user.name')
    assert.match(error.hint, 'git config --global user.email')

    const half = await open(folder, { env: { GIT_AUTHOR_EMAIL: 'bot@ci' } })
    await failureOf(verifyIdentity(half), 'DM_GIT_NO_IDENTITY')
    const env = { GIT_AUTHOR_EMAIL: 'bot@ci', GIT_COMMITTER_EMAIL: 'bot@ci' }
    const inCi = await open(folder, { env })
    assert.equal(await verifyIdentity(inCi), { name: 'Ada Test', email: 'bot@ci' })
  }),
)

test.run()
