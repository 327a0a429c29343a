import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository, type DataRepository } from '../helpers/data-repository.ts'
import { createTemoaDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson, runHere } from '../helpers/dm-here.ts'
import { type GitHubServer, type Refusal, startGitHub, TOKEN } from '../helpers/github-server.ts'
import { inFolder } from '../helpers/in-folder.ts'
import { withTlsServer } from '../helpers/tls-server.ts'

const test = suite('the pull request of a proposal')

interface Scene extends DataRepository {
  readonly github: GitHubServer
  readonly folder: string
  readonly first: string
  readonly second: string
}

function onGitHub(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      await mkdir(path.join(folder, 'acme'))
      const repository = await createDataRepository(path.join(folder, 'acme'))
      const first = await createTemoaDatabase(folder, 'first.sqlite', 10)
      const second = await createTemoaDatabase(folder, 'second.sqlite', 20)
      const github = await startGitHub(folder)
      const url = `${github.url}/acme/remote.git`
      await repository.work.git('remote', 'set-url', 'origin', url)
      try {
        await body({ ...repository, github, folder, first, second })
        assert.equal(github.problems, [])
      } finally {
        await github.close()
      }
    })
}

test(
  'is opened, and brought up to date by the next proposal; never doubled',
  onGitHub(async ({ github, work, first, second }) => {
    const args = ['prepare', 'model.sqlite']
    const { env } = github
    const once = await dmJson(work.folder, [...args, first], { env })
    const url = `${github.url}/acme/remote/pull/1`
    assert.equal(once['pullRequest'], { number: 1, url, state: 'open' })
    assert.is(once['pullRequestAddress'], null)
    const [pull] = github.pulls
    assert.is(pull?.title, 'Add model.sqlite v1')
    assert.is(pull?.head, 'acme:data/model-v1')
    assert.is(pull?.base, 'main')
    assert.equal(pull?.labels, ['data: upload'])
    assert.match(pull?.body ?? '', String(once['sha256']))
    assert.match(pull?.body ?? '', '    dm pull model.sqlite --ref data/model-v1')
    // What its author writes around it stays.
    if (pull) pull.body = `Mine before\r\n\r\n${pull.body}\r\n\r\nMine behind`
    const twice = await dmJson(work.folder, [...args, second], { env })
    assert.equal(twice['pullRequest'], once['pullRequest'])
    assert.is(github.pulls.length, 1)
    assert.match(pull?.body ?? '', /^Mine before\r\n\r\n<!-- /)
    assert.match(pull?.body ?? '', /-->\r\n\r\nMine behind$/)
    assert.match(pull?.body ?? '', String(twice['sha256']))
    assert.not.match(pull?.body ?? '', String(once['sha256']))
    // The same again is nothing to do.
    const before = github.requests.length
    await dmJson(work.folder, [...args, second], { env })
    assert.equal(github.asked().slice(before), ['GET /repos/acme/remote/pulls'])
  }),
)

test(
  'is opened by the next run where the first was killed after its push',
  onGitHub(async ({ github, work, first }) => {
    const args = ['prepare', 'model.sqlite', first]
    await dmJson(work.folder, [...args, '--no-pr'], { env: github.env })
    assert.equal(github.requests, [])
    const again = await dmJson(work.folder, args, { env: github.env })
    assert.is(again['alreadyPrepared'], true)
    assert.is((again['pullRequest'] as { number: number }).number, 1)
  }),
)

test(
  'has the title that its author gave it, there or with -m',
  onGitHub(async ({ github, work, first, second }) => {
    const { env } = github
    const args = ['prepare', 'model.sqlite']
    await dmJson(work.folder, [...args, first, '-m', 'Add 2050\n\nAs asked for.'], { env })
    const [pull] = github.pulls
    assert.is(pull?.title, 'Add 2050')
    assert.match(pull?.body ?? '', /^As asked for\.\n\n<!--/)
    await dmJson(work.folder, [...args, second, '-m', 'Add 2060'], { env })
    assert.is(pull?.title, 'Add 2060')
    if (pull) pull.title = 'By hand'
    await dmJson(work.folder, [...args, first, '-m', 'Add 2070'], { env })
    assert.is(pull?.title, 'By hand')
  }),
)

test(
  'what a rollback and a deletion propose is told by title, body and label',
  onGitHub(async ({ github, work, merge, first, second }) => {
    const { env } = github
    for (const [file, version] of [
      [first, 'v1'],
      [second, 'v2'],
    ] as const) {
      await dmJson(work.folder, ['prepare', 'model.sqlite', file, '--no-pr'], { env })
      await merge(`data/model-${version}`)
      await dmJson(work.folder, ['publish'], { env })
    }
    await dmJson(work.folder, ['rollback', 'model.sqlite', '--to', 'v1'], { env })
    assert.match(github.pulls[0]?.body ?? '', /v2 → v3[^]*10 (?:rows )?deleted/i)
    const confirmed = ['--confirm', 'model.sqlite@v1', '-m', 'Too old']
    const target = ['delete', 'model.sqlite@v1']
    await dmJson(work.folder, ['withdraw', 'model.sqlite'], { env })
    await dmJson(work.folder, [...target, ...confirmed], { env })
    const told = github.pulls.map(({ title, labels }) => [title, ...labels])
    assert.equal(told, [
      ['Roll model.sqlite back to v1', 'data: rollback'],
      ['Too old', 'data: deletion'],
    ])
    assert.match(github.pulls[1]?.body ?? '', '| Deletion | **model.sqlite v1** |')
    assert.not.match(github.pulls[1]?.body ?? '', 'dm pull')
  }),
)

test(
  'a dry run looks for it and opens none',
  onGitHub(async ({ github, work, first }) => {
    const args = ['prepare', 'model.sqlite', first]
    const { env } = github
    const planned = await dmJson(work.folder, [...args, '--dry-run'], { env })
    assert.is(planned['pullRequest'], null)
    await dmJson(work.folder, args, { env })
    const again = await dmJson(work.folder, [...args, '--dry-run'], { env })
    assert.is((again['pullRequest'] as { number: number }).number, 1)
    assert.equal(new Set(github.requests.map(({ method }) => method)), new Set(['GET', 'POST']))
    assert.is(github.pulls.length, 1)
  }),
)

test(
  'without a token the branch is pushed, and where to open one is said',
  onGitHub(async ({ github, work, first }) => {
    const { GH_TOKEN: _token, ...env } = github.env
    const args = ['prepare', 'model.sqlite', first]
    const { pushed, pullRequest, ...rest } = await dmJson(work.folder, args, { env })
    assert.equal([pushed, pullRequest], [true, null])
    const address = `${github.url}/acme/remote/pull/new/data/model-v1`
    assert.is(rest['pullRequestAddress'], address)
    const { stdout } = await runHere(work.folder, args, env)
    assert.match(stdout, address)
    assert.equal(github.requests, [])
  }),
)

test(
  'a token for github.com goes to no other host that nobody has named',
  onGitHub(async ({ github, work, first }) => {
    const { GH_TOKEN = '' } = github.env
    const args = ['prepare', 'model.sqlite', first]
    const { pullRequest } = await dmJson(work.folder, args, { env: { GH_TOKEN } })
    assert.is(pullRequest, null)
    assert.equal(github.requests, [])
  }),
)

const refusals: readonly [code: string, refusal: Refusal, said: RegExp][] = [
  ['DM_FORGE_KEY_REFUSED', { status: 401 }, /gh auth token/],
  ['DM_FORGE_DENIED', { status: 403 }, /Pull requests: write/],
  ['DM_FORGE_NOT_FOUND', { status: 404 }, /acme\/remote/],
  ['DM_FORGE_REJECTED', { status: 422 }, /refused to open a pull request/],
  ['DM_FORGE_LIMIT', { status: 429 }, /until 20/],
  ['DM_FORGE_UNAVAILABLE', { status: 500 }, /status 500/],
]

test(
  'what GitHub refuses is explained, the proposal stands, and the token stays a secret',
  onGitHub(async ({ github, work, remote, folder, first }) => {
    // Nothing in the environment tells the redaction of the output what to hide.
    const { GH_TOKEN: _token, ...named } = github.env
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    await writeFile(path.join(bin, 'gh'), `#!/bin/sh\necho ${TOKEN}\n`, { mode: 0o755 })
    const env = { ...named, PATH: `${bin}:${process.env['PATH'] ?? ''}` }
    const args = ['prepare', 'model.sqlite', first]
    const message = `I was given ${TOKEN}`
    for (const [code, refusal, said] of refusals) {
      github.refuse = ({ method }) =>
        method === 'POST' ? { body: { message, errors: [message] }, ...refusal } : undefined
      const { exit, stdout, stderr, json } = await runHere(
        work.folder,
        [...args, '-v', '--json'],
        env,
      )
      const { error, notices } = json() as { error: { code: string }; notices: unknown }
      assert.equal([exit, error.code], [1, code])
      assert.match(JSON.stringify(error), said)
      assert.match(JSON.stringify(notices), `${github.url}/acme/remote/pull/new/data/model-v1`)
      assert.not.match(stdout + stderr, TOKEN)
    }
    assert.is(await remote.git('rev-list', '--count', 'main..data/model-v1'), '1')
    github.refuse = () => undefined
    const again = await dmJson(work.folder, args, { env })
    assert.is((again['pullRequest'] as { number: number }).number, 1)
  }),
)

test(
  'a server whose certificate nobody trusts is not shown the token',
  onGitHub(async ({ github, work, first }) => {
    const seen: string[] = []
    await withTlsServer(
      (request, response) => {
        seen.push(String(request.headers.authorization))
        response.end('{}')
      },
      async (url) => {
        const env = { ...github.env, GITHUB_API_URL: `${url.href}api/v3` }
        const args = ['prepare', 'model.sqlite', first]
        await dmFailure(work.folder, args, { exit: 1, code: 'DM_FORGE_CERTIFICATE' }, { env })
        assert.equal(seen, [])
      },
    )
  }),
)

test.run()
