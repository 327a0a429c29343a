import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Base } from '../../../lib/base/base.ts'
import { readBase } from '../../../lib/base/base.ts'
import { readAuthorship } from '../../../lib/git/authorship.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import { type LoggedVersion, readVersionLog } from '../../../lib/listing/version-log.ts'
import { commitFiles, type FilesCommit } from '../../helpers/commit-files.ts'
import type { TestEntry } from '../../helpers/data-repository.ts'
import { cloneRepository, createRepository, testRepository } from '../../helpers/git-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { dataset, published, upload } from '../publication/scene.ts'
import { open } from '../git/sandbox.ts'

const test = suite('the log of a dataset')

const people = Object.fromEntries(
  ['Bob', 'Cy', 'Dan', 'Eve'].map((name) => [name, `${name} <${name}@example.org>`]),
) as Record<'Bob' | 'Cy' | 'Dan' | 'Eve', string>
const { Bob, Cy, Dan, Eve } = people
const forge = 'GitHub <noreply@github.com>'

const main = 'refs/heads/main'
const branch = (name: string): string => `refs/heads/data/${name}`

function manifest(...entries: TestEntry[]): FilesCommit['files'] {
  return { 'manifest.json': `${JSON.stringify([dataset('x', entries)])}\n` }
}

async function read(
  repository: Repository,
  base?: Base,
): Promise<Record<string, Partial<LoggedVersion>>> {
  const tip = base ?? (await readBase(repository, 'manifest.json'))
  const { log } = await readVersionLog(repository, tip, { name: 'x.sqlite', path: 'manifest.json' })
  return Object.fromEntries(log.versions.map((row) => [row.version, row]))
}

const who = (row: Partial<LoggedVersion> = {}): unknown => [row.proposedBy, row.mergedBy]

/** v1 by a merge that had the base merged into it, v2 squashed by a forge, v3 rebased by Eve. */
async function createHistory(folder: string): Promise<string> {
  const { git } = await createRepository(folder, { bare: true })
  await git('config', 'uploadpack.allowFilter', 'true')
  const v1 = upload('x', 'v1')
  await commitFiles(folder, [
    { ref: main, from: null, files: { 'manifest.json': '[]\n' } },
    { ref: branch('x-v1'), from: main, author: Bob, files: manifest(v1) },
    { ref: main, files: { note: 'a' }, author: Cy },
    { ref: branch('x-v1'), merge: main, author: Dan, files: manifest(v1) },
    { ref: main, merge: branch('x-v1'), author: Eve, committer: forge, files: manifest(v1) },
    { ref: main, author: Cy, committer: forge, files: manifest(upload('x', 'v2'), v1) },
    { ref: main, author: Dan, committer: Eve, files: manifest(upload('x', 'v3'), v1) },
  ])
  const commits = (await git('rev-list', '--first-parent', 'main')).split('\n')
  const [c3, c2, c1] = commits.map((commit) => commit.slice(0, 7))
  const first = published('x', 'v1', { commit: c1 ?? '' })
  const done = [
    { ...first, version: 'v5', commit: 'ffffffffff', description: 'Back' },
    published('x', 'v4', { r2_object_key: 'x/old' }),
    published('x', 'v3', { r2_object_key: 'x/old', commit: c3 ?? '', status: 'pending-deletion' }),
    published('x', 'v2', { commit: c2 ?? '' }),
    first,
  ]
  const v6 = upload('x', 'v6', { temoaRepoHash: '1a2b' })
  await commitFiles(folder, [
    { ref: main, author: forge, files: manifest(...done) },
    { ref: branch('x-v6'), from: main, author: Bob, files: manifest(v6, ...done) },
    { ref: main, merge: branch('x-v6'), author: Eve, files: manifest(v6, ...done) },
    { ref: main, author: Cy, files: { note: 'b' } },
    { ref: main, author: Cy, files: manifest({ ...v6, note: 1 }, ...done) },
    { ref: branch('x-v7'), from: main, author: Dan, files: manifest(upload('x', 'v7'), v6) },
    { ref: main, author: Cy, files: { note: 'c' } },
    { ref: branch('x-v7'), merge: main, author: Eve, files: {} },
  ])
  return folder
}

test('it names who proposed and who merged, in whatever way that was done', () =>
  inFolder(async (folder) => {
    const home = await createHistory(path.join(folder, 'home.git'))
    const rows = await read(await open(home))
    assert.equal(Object.keys(rows), ['v7', 'v6', 'v5', 'v4', 'v3', 'v2', 'v1'])
    assert.equal(who(rows['v1']), ['Bob', 'Eve'])
    assert.equal(who(rows['v2']), ['Cy', null])
    assert.equal(who(rows['v3']), ['Dan', 'Eve'])
    assert.equal(who(rows['v5']), [null, null])
    assert.is(rows['v1']?.mergedAt, '2020-01-02T03:04:09.000Z')
    // A field that somebody corrected since is not where it came from.
    assert.equal(who(rows['v6']), ['Bob', 'Eve'])
    assert.equal(who(rows['v7']), ['Dan', null])
    const states = Object.values(rows).map((row) => [row.branch, row.pending, row.marked])
    assert.equal(states.slice(0, 3), [
      ['data/x-v7', true, false],
      [null, true, false],
      [null, false, false],
    ])
    assert.is(rows['v3']?.marked, true)
    assert.is(rows['v6']?.['temoaRepoHash'], '1a2b')
    const restored = Object.values(rows).map(({ rollbackOf }) => rollbackOf)
    assert.equal(restored, [null, null, 'v1', 'v3', null, null, null])
  }))

test('a part of the history tells what it can, asks no remote, and takes nobody for somebody', () =>
  inFolder(async (folder) => {
    const home = await createHistory(path.join(folder, 'home.git'))
    const clone = async (name: string, ...options: string[]): Promise<Repository> => {
      const place = path.join(folder, name)
      const { git } = await cloneRepository(`file://${home}`, place, ['--no-checkout', ...options])
      await git('remote', 'set-url', 'origin', path.join(folder, 'gone'))
      return open(place)
    }
    for (const depth of ['4', '6']) {
      const rows = await read(await clone(`depth-${depth}`, `--depth=${depth}`))
      assert.equal(who(rows['v6']), depth === '4' ? [null, null] : ['Bob', 'Eve'], depth)
      assert.equal(who(rows['v1']), [null, null])
    }
    const bare = await clone('partial', '--filter=tree:0')
    // Reading the tip of such a clone would ask the remote.
    const base = await readBase(await open(home), 'manifest.json')
    assert.equal(who((await read(bare, base))['v6']), [null, null])
  }))

test('a merge at which a clone is cut is not taken for a proposal', () =>
  inFolder(async (folder) => {
    const home = await createHistory(path.join(folder, 'home.git'))
    const { git } = testRepository(home)
    const merges = (await git('rev-list', '--merges', '--first-parent', 'main')).split('\n')
    const first = merges.at(-1) ?? ''
    await git('branch', 'cut', first)
    const options = ['--no-checkout', '--depth=1', '--branch=cut']
    const clone = await cloneRepository(`file://${home}`, path.join(folder, 'clone'), options)
    const made = (await readAuthorship(await open(clone.folder), [first])).get(first)
    assert.equal([made?.proposedBy, made?.mergedBy], [null, 'Eve'])
  }))

test('what is called like a short hash is not taken for its commit', () =>
  inFolder(async (folder) => {
    const { git } = await createRepository(folder, { bare: true })
    await commitFiles(folder, [
      { ref: main, from: null, author: Bob, files: { note: 'a' } },
      { ref: 'refs/heads/theirs', from: null, author: Eve, files: { note: 'b' } },
    ])
    const commit = await git('rev-parse', 'main')
    const short = commit.slice(0, 7)
    const proposer = async (name: string): Promise<unknown> =>
      (await readAuthorship(await open(folder), [name])).get(name)?.proposedBy
    assert.is(await proposer(short), 'Bob')
    for (const ref of [`refs/tags/${short}`, `refs/heads/${short}`, `refs/tags/${commit}`]) {
      await git('update-ref', ref, 'theirs')
      assert.is(await proposer(short), ref.endsWith(commit) ? 'Bob' : undefined, ref)
      assert.is(await proposer(commit), 'Bob', ref)
      await git('update-ref', '-d', ref)
    }
  }))

test.run()
