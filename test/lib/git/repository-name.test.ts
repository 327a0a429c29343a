import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repositoryName } from '../../../lib/git/repository-name.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { inFolder, open } from './sandbox.ts'

const test = suite('repositoryName')

const nameOf = (remoteUrl: string): string =>
  repositoryName({ remoteUrl, commonDir: '/x/.git', prefix: '' }, null)

const cases: Record<string, string> = {
  'https://github.com/owner/name.git': 'owner/name',
  'https://github.com/owner/name': 'owner/name',
  'https://github.com/owner/name/': 'owner/name',
  'https://ada:s3cret@github.com/owner/name.git': 'owner/name',
  'https://host:8443/group/sub/name.git': 'sub/name',
  'https://host/name.git?token=s3cret': 'name',
  'ssh://git@host:22/owner/name.git': 'owner/name',
  'git@github.com:owner/name.git': 'owner/name',
  'host:name.git': 'name',
  '/srv/git/team/name.git': 'team/name',
  'file:///srv/git/team/name.git': 'team/name',
  '../team/name': 'team/name',
  '/srv/team/name/.git': 'team/name',
  'https://host/owner/v1.0.git': 'owner/v1.0',
  'https://host/öwner/a b.git': '%C3%B6wner/a%20b',
  'https://host/owner/a%20b.git': 'owner/a%20b',
}

for (const [url, name] of Object.entries(cases)) {
  test(`${url} is ${name}`, () => {
    assert.is(nameOf(url), name)
  })
}

test('a folder of the git repository is named too, also where the config names the repository', () => {
  const place = { remoteUrl: 'https://x.org/a/b.git', commonDir: '/x/.git', prefix: 'my data/eu/' }
  assert.is(repositoryName(place, null), 'a/b#my%20data/eu')
  assert.is(repositoryName(place, 'owner/name'), 'owner/name#my%20data/eu')
  assert.is(repositoryName({ ...place, prefix: '' }, 'owner/name'), 'owner/name')
})

test(
  'is the same in every linked work tree of a repository without a remote',
  inFolder(async (folder) => {
    const { git, commit } = await createRepository(path.join(folder, 'my data'))
    await commit('Begin')
    await git('worktree', 'add', '--quiet', '../linked')
    const main = repositoryName(await open(path.join(folder, 'my data')), null)
    assert.is(repositoryName(await open(path.join(folder, 'linked')), null), main)
    assert.match(main, /^local\/my-data-[0-9a-f]{8}$/)
  }),
)

test(
  'differs between two repositories without a remote whose folders have the same name',
  inFolder(async (folder) => {
    for (const place of ['a', 'b']) await createRepository(path.join(folder, place, 'data'))
    const [a, b] = [
      await open(path.join(folder, 'a/data')),
      await open(path.join(folder, 'b/data')),
    ]
    assert.is.not(repositoryName(a, null), repositoryName(b, null))
  }),
)

test.run()
