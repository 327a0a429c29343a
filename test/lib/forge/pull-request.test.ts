import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type GitHub, toGitHub } from '../../../lib/forge/forge.ts'
import { type GitHubClient, openGitHub } from '../../../lib/forge/github-client.ts'
import { openPullRequest } from '../../../lib/forge/pull-request.ts'
import { failure } from '../../helpers/failure.ts'
import { startForwardProxy } from '../../helpers/forward-proxy.ts'
import { type GitHubServer, type Refusal, startGitHub, TOKEN } from '../../helpers/github-server.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/forge/pull-request')

const place = { branch: 'data/model-v1', base: 'main' }
const text = { title: 'Add it', words: '', text: 'What it is', labels: ['data: upload'] }

interface Scene {
  readonly github: GitHubServer
  readonly connect: (options?: {
    env?: Readonly<Record<string, string>>
    pushPath?: readonly string[]
  }) => Promise<GitHubClient>
}

function onGitHub(body: (scene: Scene) => Promise<void>): () => Promise<void> {
  return () =>
    inFolder(async (folder) => {
      const github = await startGitHub(folder)
      const path = ['acme', 'data']
      const host = new URL(github.url).host
      const forge = { kind: 'github', host, web: github.url, path } as const
      const connect: Scene['connect'] = ({ env = {}, pushPath = path } = {}) => {
        const known = toGitHub({ ...forge, pushPath }, github.env) as GitHub
        const token = { value: TOKEN, source: 'GH_TOKEN' }
        const clock = (): Date => new Date()
        return openGitHub(known, token, { env, clock, patienceMs: 2000 })
      }
      try {
        await body({ github, connect })
        assert.equal(github.problems, [])
      } finally {
        await github.close()
      }
    })
}

test(
  'one that was opened meanwhile is taken up',
  onGitHub(async ({ github, connect }) => {
    github.refuse = ({ method }) => {
      if (method !== 'POST' || github.pulls.length > 0) return undefined
      const head = 'acme:data/model-v1'
      const other = { number: 1, title: 'T', body: 'B', state: 'open', head, base: 'main' } as const
      github.pulls.push({ ...other, labels: [] })
      return undefined
    }
    const { isNew } = await openPullRequest(await connect(), place, text)
    assert.is(isNew, false)
    const [pull] = github.pulls
    assert.is(github.pulls.length, 1)
    assert.match(pull?.body ?? '', /^B\n\n<!--[^]*What it is/)
    assert.is(pull?.title, 'T')
  }),
)

test(
  'that of another base or another owner is another one',
  onGitHub(async ({ github, connect }) => {
    const other = { number: 1, title: 'T', body: '', state: 'open', labels: [] } as const
    github.pulls.push({ ...other, labels: [], head: 'acme:data/model-v1', base: 'next' })
    github.pulls.push({ ...other, labels: [], number: 2, head: 'eve:data/model-v1', base: 'main' })
    // A server may know none of the filters.
    const all = github.pulls.map((one) => ({
      ...one,
      html_url: '',
      head: { ref: one.head.split(':')[1], label: one.head },
      base: { ref: one.base },
    }))
    github.refuse = ({ method }) => (method === 'GET' ? { status: 200, body: all } : undefined)
    const { pullRequest, isNew } = await openPullRequest(await connect(), place, text)
    assert.equal([pullRequest.number, isNew], [3, true])
  }),
)

test(
  'of a fork, its owner is part of the branch; of one of the same owner, its name',
  onGitHub(async ({ github, connect }) => {
    await openPullRequest(await connect({ pushPath: ['ada', 'data'] }), place, text)
    await openPullRequest(await connect({ pushPath: ['acme', 'copy'] }), place, text)
    const created = github.requests.filter(({ url }) => url.endsWith('/pulls'))
    const heads = created.map(({ body }) => body as Record<string, string>)
    assert.equal(
      heads.map(({ head, head_repo: name }) => [head, name]),
      [
        ['ada:data/model-v1', undefined],
        ['acme:data/model-v1', 'acme/copy'],
      ],
    )
  }),
)

test(
  'it is reached through the proxy that the environment names',
  onGitHub(async ({ github, connect }) => {
    const proxy = await startForwardProxy(new URL(github.url))
    try {
      await openPullRequest(await connect({ env: { http_proxy: proxy.url } }), place, text)
      assert.is(proxy.asked.length, github.requests.length)
      await openPullRequest(
        await connect({ env: { http_proxy: proxy.url, no_proxy: '*' } }),
        place,
        text,
      )
      assert.ok(proxy.asked.length < github.requests.length)
    } finally {
      await proxy.stop()
    }
  }),
)

test(
  'what fails for a moment is tried again, and nothing is doubled',
  onGitHub(async ({ github, connect }) => {
    const passing: (Refusal | 'cut')[] = [
      { status: 502 },
      'cut',
      { status: 403, headers: { 'retry-after': '1' } },
    ]
    github.refuse = ({ method }) => (method === 'POST' ? passing.shift() : undefined)
    await openPullRequest(await connect(), place, text)
    assert.equal(passing, [])
    assert.is(github.pulls.length, 1)
  }),
)

test(
  'who may not label it, opens it all the same',
  onGitHub(async ({ github, connect }) => {
    github.refuse = ({ url }) => (url.includes('/labels') ? { status: 403 } : undefined)
    const { unlabelled } = await openPullRequest(await connect(), place, text)
    assert.is(unlabelled, true)
    github.refuse = () => undefined
    const again = await openPullRequest(await connect(), place, text)
    assert.is(again.unlabelled, false)
    assert.equal(github.pulls[0]?.labels, ['data: upload'])
  }),
)

test(
  'it is redirected on its own host only',
  onGitHub(async ({ github, connect }) => {
    const location = 'http://127.0.0.1:1/api/v3/repos/acme/data/pulls'
    github.refuse = () => ({ status: 307, headers: { location } })
    const client = await connect()
    const error = await failure('DM_FORGE_UNAVAILABLE', () => openPullRequest(client, place, text))
    assert.match(error.message, 'another host')
    // A repository that was renamed is found under its new name.
    github.refuse = ({ url }) => {
      if (!url.startsWith('/repos/acme/data/')) return undefined
      const renamed = `/api/v3${url.replace('/repos/acme/data/', '/repos/acme/new/')}`
      return { status: 307, headers: { location: renamed } }
    }
    await openPullRequest(await connect(), place, text)
    assert.is(github.pulls.length, 1)
  }),
)

const soon = String(Math.floor(Date.now() / 1000) + 3600)
const secondary = 'https://docs.github.com/rest/x#about-secondary-rate-limits'

const refusals: readonly [code: Parameters<typeof failure>[0], refusal: Refusal, said: RegExp][] = [
  ['DM_FORGE_DENIED', { status: 403, headers: { 'x-github-sso': 'required' } }, /single sign-on/],
  [
    'DM_FORGE_DENIED',
    { status: 403, headers: { 'x-accepted-github-permissions': 'pull_requests=write' } },
    /pull_requests=write/,
  ],
  [
    'DM_FORGE_REJECTED',
    { status: 422, body: { message: 'No.', errors: [{ field: 'base', code: 'invalid' }] } },
    /No\.; 'base' is invalid/,
  ],
  [
    'DM_FORGE_LIMIT',
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': soon } },
    /hourly limit .* until 20/,
  ],
  ['DM_FORGE_LIMIT', { status: 403, headers: { 'retry-after': '3600' } }, /short time, until 20/],
  [
    'DM_FORGE_LIMIT',
    { status: 403, body: { message: 'x', documentation_url: secondary } },
    /short/,
  ],
  ['DM_FORGE_REJECTED', { status: 410, body: 'gone' }, /status 410/],
]

test(
  'GitHub’s refusals are told by their status and headers',
  onGitHub(async ({ github, connect }) => {
    const client = await connect()
    for (const [code, refusal, said] of refusals) {
      github.refuse = () => refusal
      const error = await failure(code, () => openPullRequest(client, place, text))
      assert.match(`${error.message} ${error.hint}`, said)
    }
  }),
)

test.run()
