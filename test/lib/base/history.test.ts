import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBase } from '../../../lib/base/base.ts'
import type { PastState } from '../../../lib/base/find-origins.ts'
import { pastStates, scanHistory } from '../../../lib/base/history.ts'
import { cutCommits } from '../../../lib/git/deepen.ts'
import { readGitText } from '../../../lib/git/read-git.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import type { Dataset } from '../../../lib/manifest/types.ts'
import { dataset, published, sha, upload } from '../manifest/samples.ts'
import { atHome, type Step } from './scene.ts'

const test = suite('lib/base/history')

const path = 'manifest.json'
const model = (...numbers: number[]): Dataset[] => [
  dataset(numbers.map((number) => published(number))),
]
const other = (...numbers: number[]): Dataset =>
  dataset(
    numbers.map((number) => published(number)),
    { fileName: 'other.sqlite' },
  )

/** `<subject>: <numbers of model.sqlite>`, of so many states. */
async function told(
  repository: Repository,
  most = Infinity,
  only?: ReadonlySet<string>,
): Promise<string[]> {
  const base = await readBase(repository, path)
  const found: string[] = []
  for await (const { change, entries } of pastStates(repository, base, path, { only })) {
    found.push(`${change.subject}: ${numbersOf(entries)}`)
    if (found.length === most) break
  }
  return found
}

function numbersOf(entries: PastState['entries']): string {
  return (
    entries?.map(({ dataset: name, number }) => `${name[0]}${number}`).join(' ') ?? 'unreadable'
  )
}

const line: Step[] = [
  { from: null, files: { code: '1' }, message: 'code' },
  { manifest: model(1), message: 'one' },
  { manifest: '{', message: 'broken' },
  { manifest: null, message: 'gone' },
  { manifest: [...model(2, 1), other(7)], message: 'two' },
  { files: { code: '2' }, message: 'more code' },
]

test(
  'the states come newest first, one for each commit that changed the manifest',
  atHome(async ({ commit, open }) => {
    await commit(...line)
    const repository = await open()
    const all = ['two: m2 m1 o7', 'gone: unreadable', 'broken: unreadable', 'one: m1']
    assert.equal(await told(repository), all)
    assert.equal(await told(repository, 1), all.slice(0, 1))
    assert.equal(await told(repository, Infinity, new Set(['other.sqlite'])), [
      'two: o7',
      'gone: unreadable',
      'broken: unreadable',
      'one: ',
    ])
  }),
)

test(
  'the states are those of the first parents, with the subject of what was merged',
  atHome(async ({ commit, open }) => {
    await commit(
      { from: null, manifest: model(1), message: 'one' },
      { branch: 'side', from: 'refs/heads/main', manifest: model(9, 1), message: 'aside' },
      { branch: 'side', manifest: model(2, 1), message: 'two' },
      { merge: 'refs/heads/side', manifest: model(2, 1), message: 'Merge side' },
    )
    const repository = await open()
    assert.equal(await told(repository), ['Merge side: m2 m1', 'one: m1'])
    const base = await readBase(repository, path)
    const [merge] = await Array.fromAsync(pastStates(repository, base, path))
    assert.is(merge?.change.mergedSubject, 'two')
  }),
)

test(
  'there is no state before the first commit, nor of another path',
  atHome(async ({ commit, open }) => {
    const nothing = { commit: null, manifest: { datasets: [], origin: null } }
    const repository = await open()
    assert.equal(await Array.fromAsync(pastStates(repository, nothing, path)), [])
    const tip = await commit(...line)
    const base = { ...nothing, commit: tip }
    assert.equal(await Array.fromAsync(pastStates(repository, base, 'none.json')), [])
  }),
)

test(
  'a shallow clone is deepened only as far as somebody reads on',
  atHome(async ({ commit, clone }) => {
    const more = (count: number): Step[] =>
      Array.from({ length: count }, (_, n) => ({ files: { code: `${n}` } }))
    await commit(
      { from: null, manifest: model(1), message: 'one' },
      ...more(1300),
      { manifest: model(2, 1), message: 'two' },
      ...more(100),
      { manifest: model(3, 1), message: 'three' },
      ...more(30),
      { manifest: model(4, 1), message: 'four' },
    )
    const all = ['four: m4 m1', 'three: m3 m1', 'two: m2 m1', 'one: m1']
    const near = await clone('--depth=2')
    const { commit: tip } = await readBase(near, path)
    const length = async (): Promise<number> =>
      Number(await readGitText(near, ['rev-list', '--count', tip ?? '']))
    for (const [states, commits] of [
      [1, 2],
      [2, 52],
      [3, 602],
      [4, 1434],
    ] as const) {
      assert.equal(await told(near, states), all.slice(0, states))
      assert.is(await length(), commits)
    }
    assert.equal([...(await cutCommits(near))], [])
    // The commit at which the history is cut has the newest state itself.
    assert.equal(await told(await clone('--depth=1')), all)
  }),
)

test(
  'the whole history tells what was ever published, on whatever line',
  atHome(async ({ commit, open, clone }) => {
    const escaped = JSON.stringify(model(5, 1)).replace('model.sqlite', 'mod\\u0065l.sqlite')
    await commit(
      { from: null, manifest: model(1) },
      { branch: 'side', from: 'refs/heads/main', manifest: [...model(3, 1), other(8)] },
      { branch: 'side', manifest: escaped },
      { branch: 'side', manifest: '{' },
      { branch: 'side', manifest: null },
      { branch: 'open', from: 'refs/heads/main', manifest: model(9) },
      { manifest: [dataset([upload(7), published(1)])] },
      // Only the branch had v3, v5 and the other dataset.
      { merge: 'refs/heads/side', manifest: model(1) },
    )
    const key = (number: number): string => `model/v${number}-${sha(number)}.sqlite`
    for (const repository of [await open(), await clone('--depth=1')]) {
      const { commit: tip } = await readBase(repository, path)
      const all = await scanHistory(repository, tip, path)
      assert.equal(Object.fromEntries(all.highest), { 'model.sqlite': 5, 'other.sqlite': 8 })
      const some = await scanHistory(repository, tip, path, { only: ['model.sqlite'] })
      assert.equal(Object.fromEntries(some.highest), { 'model.sqlite': 5 })
      const had = [1, 3, 5, 7, 9].map((number) => some.had('model.sqlite', number, key(number)))
      assert.equal(had, [true, true, true, false, false])
      assert.not.ok(some.had('model.sqlite', 3, key(1)))
      assert.not.ok(some.had('other.sqlite', 8, key(8)))
      assert.ok(all.had('other.sqlite', 8, key(8)))
      const both = await scanHistory(repository, tip, path, {
        only: ['model.sqlite', 'other.sqlite'],
      })
      assert.equal(both.highest, all.highest)
      const none = await scanHistory(repository, tip, path, { only: [] })
      assert.is(none.highest.size, 0)
    }
    const nothing = await scanHistory(await open(), null, path)
    assert.is(nothing.highest.size, 0)
    assert.not.ok(nothing.had('model.sqlite', 1, key(1)))
  }),
)

test.run()
