import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type BaseHistory,
  findOrigin,
  highestEver,
  readBaseHistory,
} from '../../../lib/base/base-history.ts'
import { readManifestAt } from '../../../lib/base/read-manifest-at.ts'
import type { VersionEntry } from '../../../lib/manifest/types.ts'
import { failure } from '../../helpers/failure.ts'
import { createRepository } from '../../helpers/git-repository.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { open } from '../git/sandbox.ts'
import { dataset, published, sha, upload } from '../manifest/samples.ts'

const test = suite('lib/base/base-history')

const file = (...history: VersionEntry[]): Record<string, string> => ({
  'manifest.json': JSON.stringify([dataset(history)]),
})

/** Makes a repository with these states of the manifest, oldest first, and reads its history. */
async function historyOf(
  folder: string,
  states: readonly Record<string, string>[],
): Promise<{ history: BaseHistory; commits: string[] }> {
  const { commit } = await createRepository(folder)
  const commits: string[] = []
  for (const [index, files] of states.entries()) commits.push(await commit(`State ${index}`, files))
  const tip = commits.at(-1) ?? null
  return { history: await readBaseHistory(await open(folder), tip, 'manifest.json'), commits }
}

test('every state of the manifest is read, newest first, broken ones as empty', () =>
  inFolder(async (folder) => {
    const { history, commits } = await historyOf(folder, [
      { 'README.md': 'no manifest yet' },
      file(published(1)),
      { 'manifest.json': '{ broken' },
      { 'README.md': 'not the manifest' },
      file(published(2), published(1)),
    ])
    assert.equal(
      history.map(({ commit, subject, entries }) => [
        commits.indexOf(commit),
        subject,
        entries.map(({ number }) => number),
      ]),
      [
        [4, 'State 4', [2, 1]],
        [2, 'State 2', []],
        [1, 'State 1', [1]],
      ],
    )
  }))

test('a repository without commits has no history', () =>
  inFolder(async (folder) => {
    assert.equal((await historyOf(folder, [])).history, [])
  }))

test('a number counts for ever: after pruning, deletion and a dataset made anew', () =>
  inFolder(async (folder) => {
    const { history } = await historyOf(folder, [
      file(published(1)),
      file(published(7), published(1)),
      file(published(1)),
      { 'manifest.json': '[]' },
      file(upload(2)),
    ])
    assert.is(highestEver(history, 'model.sqlite'), 7)
    assert.is(highestEver(history, 'other.sqlite'), 0)
    assert.is(highestEver([], 'model.sqlite'), 0)
  }))

test('the origin of an entry is the commit that brought it, not one that changed it later', () =>
  inFolder(async (folder) => {
    const { history, commits } = await historyOf(folder, [
      file(published(1)),
      file(upload(2), published(1)),
      file(upload(3), upload(2), published(1)),
      file(upload(3), published(2), published(1)),
    ])
    const origin = (number: number, hash = sha(number)): number =>
      commits.indexOf(findOrigin(history, 'model.sqlite', number, hash)?.commit ?? '')
    assert.is(origin(1), 0)
    assert.is(origin(2), 1)
    assert.is(origin(3), 2)
    assert.is(origin(4), -1)
    assert.is(origin(2, sha(9)), -1)
    assert.is(findOrigin(history, 'other.sqlite', 2, sha(2)), undefined)
  }))

test('the origin of an entry that was taken back and came again is the last time it came', () =>
  inFolder(async (folder) => {
    const { history, commits } = await historyOf(folder, [
      file(upload(2)),
      file(),
      file(upload(2)),
      file(upload(2), published(1)),
    ])
    assert.is(findOrigin(history, 'model.sqlite', 2, sha(2))?.commit, commits[2])
  }))

test('an entry of other bytes under the same number has an origin of its own', () =>
  inFolder(async (folder) => {
    const { history, commits } = await historyOf(folder, [
      file(upload(2)),
      file(upload(2, { sha256: sha(3), r2_object_key: `model/v2-${sha(3)}.sqlite` })),
    ])
    assert.is(findOrigin(history, 'model.sqlite', 2, sha(3))?.commit, commits[1])
    assert.is(findOrigin(history, 'model.sqlite', 2, sha(2)), undefined)
  }))

test('the manifest of a commit is read from git, empty where there is none', () =>
  inFolder(async (folder) => {
    const { commit, write } = await createRepository(folder)
    const repository = await open(folder)
    const without = await commit('Begin')
    const first = await commit('First', file(published(1)))
    const broken = await commit('Broken', { 'manifest.json': '[' })
    await write({ 'manifest.json': 'only in the work tree' })
    const read = (at: string | null) => readManifestAt(repository, at, 'manifest.json')
    assert.equal((await read(null)).datasets, [])
    assert.equal((await read(without)).datasets, [])
    assert.equal((await read(first)).datasets, [dataset([published(1)])])
    const error = await failure('DM_MANIFEST_INVALID', () => read(broken))
    assert.match(error.message, `manifest.json in ${broken.slice(0, 7)}:1:2`)
  }))

test.run()
