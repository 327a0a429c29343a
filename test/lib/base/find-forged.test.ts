import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findForged } from '../../../lib/base/find-forged.ts'
import { cutCommits } from '../../../lib/git/deepen.ts'
import type { Repository } from '../../../lib/git/repository.ts'
import { objectId, type RetiredObject } from '../../../lib/manifest/retired.ts'
import type { Dataset } from '../../../lib/manifest/types.ts'
import { longAgo } from '../../helpers/commit-files.ts'
import { dataset, published, rollback, sha } from '../manifest/samples.ts'
import { atHome, type Home, type RetiredText, type Step } from './scene.ts'

const test = suite('lib/base/find-forged')

const status = 'pending-deletion'
/** A second before the first commit. */
const since = new Date(longAgo.getTime() - 1000).toISOString()
const object = (number: number, more: Partial<RetiredObject> = {}): RetiredObject => ({
  bucket: 'production',
  key: `model/v${number}-${sha(number)}.sqlite`,
  since,
  ...more,
})
const model = (...history: Parameters<typeof dataset>[0]): Dataset[] => [dataset(history)]
const list = (...objects: RetiredObject[]): RetiredText => {
  return { numbers: { 'model.sqlite': 3 }, objects }
}
const one = published(1)
const two = published(2)

/** A publication has given up v3, then another v2. */
const begin: Step[] = [
  { from: null, manifest: model(published(3, { status }), two, one) },
  { manifest: model(two, one), retired: list(object(3)) },
  { manifest: model(published(2, { status }), one) },
  { manifest: model(one), retired: list(object(2), object(3)) },
]

async function told(
  { at }: Home,
  repository: Repository,
  { branch = 'main', objects = [object(2), object(3)] } = {},
): Promise<(string | undefined)[]> {
  const forged = await findForged(repository, await at(branch), 'manifest.json', objects)
  return objects
    .filter((candidate) => forged.has(objectId(candidate)))
    .map(({ key }) => /v\d/.exec(key)?.[0])
}

test(
  'what publications gave up is not forged, whatever has come since',
  atHome(async (home) => {
    await home.commit(...begin, { manifest: model(published(4), one), files: { code: '1' } })
    const repository = await home.open()
    assert.equal(await told(home, repository), [])
    assert.equal(await told(home, repository, { objects: [] }), [])
    // Another bucket, another day, and what never was on the list.
    for (const other of [
      object(2, { bucket: 'internal' }),
      object(2, { since: '2020-02-01T00:00:00Z' }),
      object(9),
    ]) {
      const objects = [other, object(3)]
      assert.equal(await told(home, repository, { objects }), [/v\d/.exec(other.key)?.[0]])
    }
  }),
)

const later: Record<string, [Step[], ...string[]]> = {
  'put there by hand': [[{ retired: list(object(1), object(2), object(3)) }], 'v1'],
  'put there by hand before a publication wrote the list': [
    [
      { manifest: model(published(4, { status }), one) },
      { retired: list(object(9), object(2), object(3)) },
      {
        manifest: model(one),
        retired: {
          ...list(object(9), object(2), object(3), object(4)),
          numbers: { 'model.sqlite': 4 },
        },
      },
    ],
    'v9',
  ],
  'dated back, as by no publication': [
    [{ retired: list(object(2, { since: '2019-01-01T00:00:00Z' }), object(3)) }],
    'v2',
  ],
  'taken off by hand and written back': [
    [{ retired: list(object(3)) }, { retired: list(object(2), object(3)) }],
  ],
  'taken off and written back after a publication had given up more': [
    [
      { manifest: model(published(4, { status }), one) },
      {
        manifest: model(one),
        retired: { ...list(object(2), object(3), object(4)), numbers: { 'model.sqlite': 4 } },
      },
      { retired: { ...list(object(4)), numbers: { 'model.sqlite': 4 } } },
      { retired: { ...list(object(2), object(3), object(4)), numbers: { 'model.sqlite': 4 } } },
    ],
  ],
  'taken off and written back twice': [
    [
      { retired: list() },
      { retired: list(object(2), object(3)) },
      { retired: list(object(2)) },
      { retired: list(object(2), object(3)) },
    ],
  ],
  'deleted with the file and written back': [
    [{ retired: null }, { retired: list(object(2), object(3)) }],
  ],
  'taken off by a publication, since it was named again, and put back by hand': [
    [
      { manifest: model(rollback(4, two), one) },
      { manifest: model(rollback(4, two, { commit: 'abcdef1' }), one), retired: list(object(3)) },
      { retired: list(object(2), object(3)) },
    ],
    'v2',
  ],
  'taken off by hand before a publication gave up more, and put back': [
    [
      { retired: list(object(3)) },
      { manifest: model(published(4, { status }), one) },
      {
        manifest: model(one),
        retired: { ...list(object(3), object(4)), numbers: { 'model.sqlite': 4 } },
      },
      { retired: { ...list(object(2), object(3), object(4)), numbers: { 'model.sqlite': 4 } } },
    ],
  ],
  'taken off while the manifest was broken, and written back': [
    [
      { manifest: '{', retired: list(object(3)) },
      { manifest: model(one), retired: list(object(2), object(3)) },
    ],
  ],
  'given up where the list could not be read': [
    [
      { manifest: model(published(4, { status }), one) },
      { retired: '{' },
      { manifest: model(one), retired: { ...list(object(4)), numbers: { 'model.sqlite': 4 } } },
    ],
  ],
  'given up while the manifest was broken': [
    [{ manifest: '{' }, { manifest: model(one), retired: list(object(2), object(3), object(9)) }],
    'v9',
  ],
  'given up in the commit that wrote others back': [
    [
      { manifest: model(published(4, { status }), one) },
      { retired: list(object(3), object(9)) },
      {
        manifest: model(one),
        retired: { ...list(object(2), object(3), object(4)), numbers: { 'model.sqlite': 4 } },
      },
    ],
  ],
  'given up again': [
    [
      { manifest: model(rollback(4, two, { commit: 'abcdef1' }), one), retired: list(object(3)) },
      { manifest: model(rollback(4, two, { commit: 'abcdef1', status }), one) },
      {
        manifest: model(one),
        retired: { ...list(object(2), object(3)), numbers: { 'model.sqlite': 4 } },
      },
    ],
  ],
}

test(
  'what somebody else put there is forged, what was only written back is not',
  atHome(async (home) => {
    const lines = Object.values(later).map(([steps], n) =>
      steps.map((step, i): Step => {
        return { branch: `line-${n}`, ...(i === 0 ? { from: 'refs/heads/main' } : {}), ...step }
      }),
    )
    await home.commit(...begin, ...lines.flat())
    const repository = await home.open()
    for (const [n, [what, [steps, ...forged]]] of Object.entries(later).entries()) {
      const { retired } = steps.at(-1) as { retired: RetiredText }
      const objects = [...retired.objects]
      assert.equal(await told(home, repository, { branch: `line-${n}`, objects }), forged, what)
    }
  }),
)

test(
  'an object is not on the list for longer than the commit that put it there, but for a day',
  atHome(async (home) => {
    const day = 86_400_000
    // The commit that gives up is the second.
    const time = longAgo.getTime() + 1000
    for (const [age, forged] of [
      [day, []],
      [day + 1000, ['v3']],
      [-30 * day, []],
    ] as const) {
      const given = object(3, { since: new Date(time - age).toISOString() })
      await home.commit(
        { from: null, manifest: model(published(3, { status }), one) },
        { manifest: model(one), retired: list(given) },
      )
      assert.equal(await told(home, await home.open(), { objects: [given] }), forged)
    }
  }),
)

test(
  'what was there from the first commit on was given up by no publication',
  atHome(async (home) => {
    await home.commit({ from: null, manifest: model(one), retired: list(object(2)) })
    assert.equal(await told(home, await home.open(), { objects: [object(2)] }), ['v2'])
  }),
)

test(
  'a shallow clone is deepened where it does not reach that far',
  atHome(async (home) => {
    await home.commit(...begin)
    const shallow = await home.clone('--depth=2')
    assert.equal(await told(home, shallow, { objects: [object(2)] }), [])
    assert.is((await cutCommits(shallow)).size, 1)
    assert.equal(await told(home, shallow, { objects: [object(2), object(1)] }), ['v1'])
    assert.is((await cutCommits(shallow)).size, 0)
  }),
)

test.run()
