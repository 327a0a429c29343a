import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  highestRetired,
  readRetired,
  rememberRetired,
  type Retired,
} from '../../../lib/base/read-retired.ts'
import { readBaseCommit } from '../../../lib/git/base.ts'
import { deepen } from '../../../lib/git/deepen.ts'
import { readGitText } from '../../../lib/git/read-git.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import type { RetiredObject } from '../../../lib/manifest/retired.ts'
import type { Dataset } from '../../../lib/manifest/types.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, published, sha, upload } from '../manifest/samples.ts'
import { atHome, type Home, type RetiredText, type Step } from './scene.ts'

const test = suite('lib/base/read-retired')

const status = 'pending-deletion'
const path = 'manifest.json'
const name = 'model.sqlite'
const object = (number: number, more: Partial<RetiredObject> = {}): RetiredObject => ({
  bucket: 'production',
  key: `model/v${number}-${sha(number)}.sqlite`,
  since: '2026-01-02T03:04:05.000Z',
  ...more,
})
const model = (...history: Parameters<typeof dataset>[0]): Dataset[] => [dataset(history)]
const list = (number: number, ...objects: RetiredObject[]): RetiredText => {
  return { numbers: { [name]: number }, objects }
}

/** v1 to v3, of which publications have given up v3, then v2. */
const begin: Step[] = [
  { from: null, manifest: model(published(3, { status }), published(2), published(1)) },
  { manifest: model(published(2), published(1)), retired: list(3, object(3)) },
  { manifest: model(published(2, { status }), published(1)) },
  { manifest: model(published(1)), retired: list(3, object(2), object(3)) },
]
const right = { numbers: { [name]: 3 }, objects: ['v2', 'v3'] }

async function read(repository: Repository): Promise<Retired> {
  return readRetired(repository, await readBaseCommit(repository), path)
}

/** What is relied upon on a branch, and the subject of the commit that is not. */
async function told({ at, open }: Home, branch = 'main'): Promise<object | null> {
  const repository = await open()
  const commit = await at(branch)
  const { list: found, problem, isVerified } = await readRetired(repository, commit, path)
  assert.ok(isVerified)
  const context = problem?.context as { commit: string; file: string } | undefined
  const subject = context && (await readGitText(repository, [...show, context.commit]))
  if (problem !== null) assert.is(problem.code, 'DM_RETIRED_UNEXPLAINED')
  if (context !== undefined) assert.is(context.file, 'manifest.retired.json')
  return (
    found && {
      numbers: Object.fromEntries(found.numbers),
      objects: found.objects
        .map(({ key }) => /v\d/.exec(key)?.[0] ?? '')
        .toSorted((a, b) => (a < b ? -1 : 1)),
      ...(subject === undefined ? {} : { subject }),
    }
  )
}
const show = ['show', '--no-patch', '--format=%s']

test(
  'there is no list before a publication has given something up',
  atHome(async ({ commit, open }) => {
    await commit({ from: null, manifest: model(published(1)) })
    assert.equal(await read(await open()), { list: null, problem: null, isVerified: true })
    assert.equal(await readRetired(await open(), null, path), {
      list: null,
      problem: null,
      isVerified: true,
    })
  }),
)

test(
  'the list counts that publications wrote, whatever else was committed since',
  atHome(async (home) => {
    await home.commit(...begin)
    assert.equal(await told(home), right)
    await home.commit({ files: { other: '1' } }, { manifest: model(published(4), published(1)) })
    assert.equal(await told(home), right)
    const retired = await read(await home.open())
    assert.is(highestRetired(retired, name), 3)
    assert.is(highestRetired(retired, 'other.sqlite'), 0)
    assert.is(highestRetired({ ...retired, list: null }, name), 0)
  }),
)

const forged: Record<string, Step[]> = {
  'an object is added': [{ retired: list(3, object(1), object(2), object(3)) }],
  'a number is lowered': [{ retired: list(2, object(2), object(3)) }],
  'the file is deleted': [{ retired: null }],
  'the file is no JSON': [{ retired: '{' }],
  'there is a folder in its place': [{ retired: null, files: { 'manifest.retired.json/x': '1' } }],
  'an entry goes with it': [
    { manifest: model(), retired: list(3, object(1), object(2), object(3)) },
  ],
  'twice, the second time with other things': [
    { retired: list(3, object(1), object(2), object(3)), message: 'before' },
    { retired: list(2, object(9)) },
  ],
  'and laid out anew, which says nothing': [
    { retired: list(3, object(9)) },
    { retired: JSON.stringify(list(3, object(9))), message: 'layout' },
  ],
  'together with a manifest that is mended': [
    { manifest: '<<<<<<< HEAD', message: 'broken' },
    { manifest: model(published(1)), retired: list(3, object(2), object(3), object(9)) },
  ],
  'while the manifest cannot be read': [
    { manifest: '<<<<<<< HEAD', message: 'broken' },
    { retired: list(3, object(9)) },
    { manifest: model(published(1)), message: 'mended' },
  ],
}
test(
  'what somebody else writes counts for nothing',
  atHome(async (home) => {
    const lines = Object.entries(forged).map(([, steps], n) =>
      steps.map((step, i): Step => {
        const from = i === 0 ? { from: 'refs/heads/main' } : {}
        return { branch: `forged-${n}`, message: 'forged', ...from, ...step }
      }),
    )
    await home.commit(...begin, ...lines.flat())
    for (const [n, what] of Object.keys(forged).entries()) {
      assert.equal(await told(home, `forged-${n}`), { ...right, subject: 'forged' }, what)
    }
  }),
)

test(
  'a number that the list tells is not lowered to the highest that was published',
  atHome(async (home) => {
    await home.commit(
      ...begin,
      { manifest: [dataset([upload(5), published(1)], { status })] },
      { manifest: [], retired: list(5, object(1), object(2), object(3)) },
      { retired: list(1), message: 'forged' },
    )
    const objects = ['v1', 'v2', 'v3']
    assert.equal(await told(home), { numbers: { [name]: 5 }, objects, subject: 'forged' })
  }),
)

test(
  'what was there from the first commit on counts for nothing',
  atHome(async (home) => {
    const first = { from: null, manifest: model(published(1)), message: 'forged' }
    await home.commit({ ...first, retired: list(3, object(2)) })
    assert.equal(await told(home), { numbers: {}, objects: [], subject: 'forged' })
  }),
)

test(
  'what is named again is not on the list that counts instead',
  atHome(async (home) => {
    await home.commit(
      ...begin,
      { retired: list(3), message: 'forged' },
      { manifest: model(published(2), published(1)) },
    )
    assert.equal(await told(home), { ...right, objects: ['v3'], subject: 'forged' })
  }),
)

test(
  'where no list ever counted, the history tells all numbers that are gone',
  atHome(async (home) => {
    const gone = dataset([published(7)], { fileName: 'gone.sqlite' })
    await home.commit(
      { from: null, manifest: [gone, ...model(published(3), published(1))] },
      { manifest: model(published(1)) },
      { retired: list(1, object(1)), message: 'forged' },
    )
    const numbers = { [name]: 3, 'gone.sqlite': 7 }
    assert.equal(await told(home), { numbers, objects: [], subject: 'forged' })
    // Of what is still there, nothing needs to be told.
    await home.commit({ manifest: model(published(3), published(1)) })
    assert.equal(await told(home), {
      numbers: { 'gone.sqlite': 7 },
      objects: [],
      subject: 'forged',
    })
  }),
)

test(
  'a file that could never be read says nothing, and what replaces it only what the history says',
  atHome(async (home) => {
    const gone = dataset([published(7)], { fileName: 'gone.sqlite' })
    await home.commit(
      { from: null, manifest: [gone, ...model(published(1))] },
      { manifest: model(published(1)) },
      { retired: '{', message: 'broken' },
    )
    const numbers = { 'gone.sqlite': 7 }
    assert.equal(await told(home), { numbers, objects: [], subject: 'broken' })
    const high = { numbers: { 'gone.sqlite': 8 }, objects: [] }
    await home.commit({ retired: high, message: 'forged' })
    assert.equal(await told(home), { numbers, objects: [], subject: 'forged' })
    await home.commit({ retired: { numbers, objects: [] } })
    assert.equal(await told(home), { numbers, objects: [] })
  }),
)

test(
  'what git cannot give is a failure, and not a list that cannot be read',
  atHome(async (home) => {
    await home.commit(...begin)
    for (const file of ['manifest.retired.json', path]) {
      const hash = await home.at(`main:${file}`)
      await rm(join(home.home.folder, 'objects', hash.slice(0, 2), hash.slice(2)))
      const outcome = readRetired(await home.open(), await home.at('main'), path)
      await failure('DM_GIT_FAILED', () => outcome)
    }
  }),
)

test(
  'the list is read once for a commit, in one run',
  atHome(async ({ commit, open, at }) => {
    await commit(...begin)
    const repository = await open()
    assert.is((await readRetired(repository, await at('main'), 'other.json')).list, null)
    const first = await read(repository)
    assert.is.not(first.list, null)
    assert.is(await read(repository), first)
    assert.is.not(await read(await open()), first)
    await commit({ files: { code: '1' } })
    assert.is.not(await read(repository), first)
  }),
)

test(
  'a publication that found a forged list has written back what counted before',
  atHome(async (home) => {
    const forgery = { retired: list(1, object(1)), message: 'forged' }
    await home.commit(...begin, forgery, { retired: list(3, object(2), object(3)) })
    assert.equal(await told(home), right)
    // It may have given up more in the same commit, and found that v3 is gone.
    await home.commit(
      { ...forgery, manifest: model(published(4, { status }), published(1)) },
      { manifest: model(published(1)), retired: list(4, object(2), object(4)) },
    )
    assert.equal(await told(home), { numbers: { [name]: 4 }, objects: ['v2', 'v4'] })
    // Or what was named again.
    await home.commit(
      { ...forgery, manifest: model(published(2), published(1)) },
      { retired: list(4, object(4)) },
    )
    assert.equal(await told(home), { numbers: { [name]: 4 }, objects: ['v4'] })
    // Or given up what was named again, from this day on.
    const since = '2026-02-03T04:05:06.000Z'
    await home.commit(
      { manifest: model(published(4), published(1)) },
      { retired: list(9), manifest: model(published(4, { status }), published(1)) },
      { manifest: model(published(1)), retired: list(4, object(4, { since })) },
    )
    assert.equal(await told(home), { numbers: { [name]: 4 }, objects: ['v4'] })
    // Forged again, after it.
    await home.commit({ retired: list(1), message: 'forged again' })
    assert.equal(await told(home), {
      numbers: { [name]: 4 },
      objects: ['v4'],
      subject: 'forged again',
    })
  }),
)

test(
  'what only looks like written back counts for nothing',
  atHome(async (home) => {
    const forgery = { retired: list(9, object(1)), message: 'forged' }
    await home.commit(...begin, forgery, { retired: list(2, object(2)), message: 'lowered' })
    assert.equal(await told(home), { ...right, subject: 'lowered' })
    await home.commit({ retired: list(9, object(2), object(3)), message: 'raised' })
    assert.equal(await told(home), { ...right, subject: 'raised' })
    // What the history has may be there.
    await home.commit({ retired: list(3, object(2), object(3)), message: 'good' })
    assert.equal(await told(home), right)
  }),
)

test(
  'a merge that takes the first parent’s line away is judged as the change that it makes',
  atHome(async (home) => {
    await home.commit(...begin)
    // A foxtrot merge: what was the base comes in from the side.
    await home.commit({ branch: 'side', from: 'refs/heads/main~3', files: { code: '1' } })
    await home.commit({
      from: 'refs/heads/side',
      merge: 'refs/heads/main',
      manifest: model(published(1)),
      retired: list(3, object(2), object(3)),
      message: 'foxtrot',
    })
    // On that line v2 was never marked; the numbers are those of all lines.
    assert.equal(await told(home), { numbers: { [name]: 3 }, objects: [], subject: 'foxtrot' })
  }),
)

test(
  'a shallow clone relies on what it has, and looks further only for what looks forged',
  atHome(async ({ commit, clone }) => {
    await commit(...begin, { files: { other: '1' } })
    const shallow = await clone('--depth=1')
    const retired = await read(shallow)
    assert.is(retired.isVerified, false)
    assert.is(retired.problem, null)
    assert.is(retired.list?.objects.length, 2)
    await deepen(shallow, 'all')
    assert.equal(await read(shallow), { ...retired, isVerified: true })
    const reaching = await read(await clone('--depth=3'))
    assert.equal([reaching.isVerified, reaching.problem], [true, null])

    await commit({ retired: list(1), message: 'forged' })
    const deepened = await read(await clone('--depth=2'))
    assert.is(deepened.isVerified, true)
    assert.is(deepened.problem?.code, 'DM_RETIRED_UNEXPLAINED')
    assert.is(deepened.list?.objects.length, 2)

    await commit({ retired: 'no list' }, { files: { other: '2' } })
    const broken = await read(await clone('--depth=1'))
    assert.is(broken.isVerified, true)
    assert.is(broken.problem?.code, 'DM_RETIRED_UNEXPLAINED')
    assert.is(broken.list?.objects.length, 2)
  }),
)

test(
  'what a publication has just written is known, where what it found could be relied upon',
  atHome(async ({ commit, open, clone }) => {
    await commit(...begin)
    const repository = await open()
    const base = await readBaseCommit(repository)
    const before = await readRetired(repository, base, path)
    const tip = await commit({ files: { code: '1' } })
    const written = { numbers: new Map([[name, 9]]), objects: [] }
    rememberRetired(repository, { commit: tip, path }, before, written)
    assert.equal(await readRetired(repository, tip, path), { ...before, list: written })
    // Of this commit, this place and this path only.
    assert.equal(await readRetired(repository, base, path), before)
    assert.is((await readRetired(repository, tip, 'other.json')).list, null)
    assert.is(highestRetired(await readRetired(await clone(), tip, path), name), 3)
    rememberRetired(repository, { commit: tip, path }, before, null)
    assert.equal(await readRetired(repository, tip, path), before)
    assert.is(await readRetired(repository, tip, path), await readRetired(repository, tip, path))

    const hash = await commit({ retired: list(1), message: 'forged' })
    const problem = await readRetired(repository, hash, path)
    assert.is.not(problem.problem, null)
    for (const unsure of [problem, { ...before, isVerified: false }]) {
      rememberRetired(repository, { commit: tip, path }, unsure, written)
      assert.is(highestRetired(await readRetired(repository, tip, path), name), 3)
    }
  }),
)

test.run()
