import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addressByHand } from '../../../lib/forge/by-hand.ts'
import { findForge, toGitHub } from '../../../lib/forge/forge.ts'
import { parseAddress, readRemoteAddresses } from '../../../lib/git/remote-address.ts'
import { openRepository } from '../../../lib/git/repository.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { gitTestEnvironment } from '../../helpers/git-test-environment.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/forge/forge')

const none = { PATH: '/nonexistent' }

/** The remote's address -> where a pull request of `data/a b` is opened by hand. */
const byHand: readonly (readonly [string, string | null])[] = [
  ['https://github.com/acme/data.git', 'https://github.com/acme/data/pull/new/data/a%20b'],
  ['https://user:secret@github.com/acme/data', 'https://github.com/acme/data/pull/new/data/a%20b'],
  ['git@github.com:acme/data.git', 'https://github.com/acme/data/pull/new/data/a%20b'],
  [
    'ssh://git@ssh.github.com:443/acme/data.git',
    'https://github.com/acme/data/pull/new/data/a%20b',
  ],
  ['https://acme.ghe.com/acme/data.git', 'https://acme.ghe.com/acme/data/pull/new/data/a%20b'],
  [
    'ssh://git@github.corp.example/acme/data',
    'https://github.corp.example/acme/data/pull/new/data/a%20b',
  ],
  [
    'git@gitlab.com:group/sub/data.git',
    'https://gitlab.com/group/sub/data/-/merge_requests/new?merge_request%5Bsource_branch%5D=data%2Fa%20b&merge_request%5Btarget_branch%5D=main',
  ],
  [
    'https://gitlab.corp.example:8443/g/data.git',
    'https://gitlab.corp.example:8443/g/data/-/merge_requests/new?merge_request%5Bsource_branch%5D=data%2Fa%20b&merge_request%5Btarget_branch%5D=main',
  ],
  [
    'https://codeberg.org/acme/data.git',
    'https://codeberg.org/acme/data/compare/main...data/a%20b',
  ],
  [
    'git@gitea.example.org:acme/data.git',
    'https://gitea.example.org/acme/data/compare/main...data/a%20b',
  ],
  [
    'https://ada@bitbucket.org/acme/data.git',
    'https://bitbucket.org/acme/data/pull-requests/new?source=data%2Fa%20b&t=1',
  ],
  [
    'https://bitbucket.corp.example/scm/PROJ/data.git',
    'https://bitbucket.corp.example/projects/PROJ/repos/data/pull-requests?create&sourceBranch=refs%2Fheads%2Fdata%2Fa%20b',
  ],
  [
    'ssh://git@bitbucket.corp.example:7999/~ada/data.git',
    'https://bitbucket.corp.example/users/ada/repos/data/pull-requests?create&sourceBranch=refs%2Fheads%2Fdata%2Fa%20b',
  ],
  [
    'https://acme@dev.azure.com/acme/My%20Project/_git/data',
    'https://dev.azure.com/acme/My%20Project/_git/data/pullrequestcreate?sourceRef=data%2Fa%20b&targetRef=main',
  ],
  [
    'git@ssh.dev.azure.com:v3/acme/project/data',
    'https://dev.azure.com/acme/project/_git/data/pullrequestcreate?sourceRef=data%2Fa%20b&targetRef=main',
  ],
  [
    'https://acme.visualstudio.com/DefaultCollection/project/_git/data',
    'https://dev.azure.com/acme/project/_git/data/pullrequestcreate?sourceRef=data%2Fa%20b&targetRef=main',
  ],
  ['https://git.example.org/acme/data.git', null],
  ['https://github.com.evil.example/acme/data.git', null],
]

test('each forge has its own address for opening one by hand', async () => {
  for (const [text, expected] of byHand) {
    const address = parseAddress(text)
    assert.ok(address, text)
    if (address === null) continue
    const { forge, token } = await findForge({ fetch: address, push: address }, none)
    assert.is(addressByHand(forge, 'data/a b', 'main'), expected, text)
    assert.is(token, null)
  }
})

test('a folder, a bundle and a drive are on no forge', () => {
  for (const text of [
    '/srv/data.git',
    '../data.git',
    'file:///srv/data.git',
    'C:\\data',
    'C:/data',
  ]) {
    assert.is(parseAddress(text), null, text)
  }
})

test('GitHub’s API is that of the host: an own server has its own', async () => {
  const named = {
    ...none,
    GITHUB_SERVER_URL: 'https://git.corp.example',
    GITHUB_API_URL: 'https://api.corp/x/',
  }
  const apis: readonly [string, Readonly<Record<string, string>>, string][] = [
    ['git@github.com:acme/data.git', none, 'https://api.github.com'],
    ['https://acme.ghe.com/acme/data', none, 'https://api.acme.ghe.com'],
    ['https://github.corp.example/acme/data', none, 'https://github.corp.example/api/v3'],
    [
      'https://git.corp.example/acme/data',
      { ...none, GH_HOST: 'git.corp.example' },
      'https://git.corp.example/api/v3',
    ],
    ['https://git.corp.example/acme/data', named, 'https://api.corp/x'],
    // Over plain HTTP nothing is asked, unless the environment says so.
    ['http://github.corp.example/acme/data', none, 'https://github.corp.example/api/v3'],
    ['https://github.com/acme/data', named, 'https://api.github.com'],
  ]
  for (const [text, env, api] of apis) {
    const address = parseAddress(text)
    assert.ok(address)
    if (address === null) continue
    const { forge } = await findForge({ fetch: address, push: address }, env)
    assert.is(forge.kind, 'github', text)
    assert.is(toGitHub(forge, env)?.api, api)
  }
})

test('a token is given to the host that it is for', async () => {
  const github = parseAddress('https://github.com/acme/data')
  const own = parseAddress('https://github.corp.example/acme/data')
  const other = parseAddress('https://git.example.org/acme/data')
  const all = { ...none, GH_TOKEN: 'one', GITHUB_TOKEN: 'two', GH_ENTERPRISE_TOKEN: 'three' }
  const { GH_TOKEN: _one, ...second } = all
  const expected = [
    [github, all, 'GH_TOKEN'],
    [github, second, 'GITHUB_TOKEN'],
    [github, { ...all, GH_TOKEN: ' ' }, 'GITHUB_TOKEN'],
    [own, all, 'GH_ENTERPRISE_TOKEN'],
    [own, { ...all, GH_HOST: 'github.corp.example' }, 'GH_TOKEN'],
    [other, all, undefined],
  ] as const
  for (const [address, env, source] of expected) {
    if (address === null) throw new Error('no address')
    const { token } = await findForge({ fetch: address, push: address }, env)
    assert.is(token?.source, source)
  }
})

test('what gh and ssh know counts: a host that it is logged in to, and a name for a host', () =>
  inFolder(async (folder) => {
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    const gh = '#!/bin/sh\n[ "$4" = git.example.org ] && echo secret\n'
    const ssh = '#!/bin/sh\necho "user git"\necho "hostname git.example.org"\n'
    await writeFile(path.join(bin, 'gh'), gh, { mode: 0o755 })
    await writeFile(path.join(bin, 'ssh'), ssh, { mode: 0o755 })
    const address = parseAddress('git@work:acme/data.git')
    if (address === null) throw new Error('no address')
    const env = { PATH: `${bin}:/bin:/usr/bin` }
    const { forge, token } = await findForge({ fetch: address, push: address }, env)
    assert.equal([forge.kind, forge.host], ['github', 'git.example.org'])
    assert.equal(token, { value: 'secret', source: 'gh auth token' })
  }))

test('the address is the one that git uses: insteadOf and pushurl count', () =>
  inFolder(async (folder) => {
    const work = await createRepository(folder)
    await work.git('remote', 'add', 'origin', 'gh:acme/data.git')
    const read = async (): Promise<unknown> => {
      const options = { cwd: folder, env: gitTestEnvironment, remote: 'origin', base: 'main' }
      return readRemoteAddresses(await openRepository(options))
    }
    await work.git('config', 'url.https://github.com/.insteadOf', 'gh:')
    const data = { scheme: 'https', host: 'github.com', path: ['acme', 'data'] }
    assert.equal(await read(), { fetch: data, push: data })
    await work.git('config', 'url.git@github.com:.pushInsteadOf', 'gh:')
    assert.equal(await read(), { fetch: data, push: { ...data, scheme: 'ssh' } })
    await work.git('remote', 'set-url', '--push', 'origin', 'git@github.com:ada/data.git')
    assert.equal(await read(), {
      fetch: data,
      push: { ...data, scheme: 'ssh', path: ['ada', 'data'] },
    })
  }))

test.run()
