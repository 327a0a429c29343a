import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Origin } from '../../../lib/base/find-origins.ts'
import { DmError } from '../../../lib/errors/dm-error.ts'
import type { DatasetEntry, Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import type { Inventory } from '../../../lib/publication/inventory.ts'
import { entriesToPublish, planPublication } from '../../../lib/publication/plan.ts'
import type { PublicationPlan } from '../../../lib/publication/publication.ts'
import { dataset, manifest, published, rollback, sha, upload } from '../manifest/samples.ts'

const test = suite('planPublication')

interface Given {
  readonly datasets: readonly Dataset[]
  /** What lies in the buckets: `bucket/key` → size. */
  readonly objects?: Record<string, number>
  readonly numbers?: Record<string, number>
  /** Null: there is no list. */
  readonly retired?: readonly string[] | null
  /** What the history says was published. */
  readonly ever?: readonly string[]
  readonly blocked?: readonly string[]
  /** Keys of objects of other repositories. */
  readonly foreign?: readonly string[]
  readonly change?: Partial<Origin['change']>
  readonly origins?: ReadonlyMap<DatasetEntry, Origin>
  /** What was there before the pending entry; default: all that is published below it. */
  readonly before?: Partial<Origin['before']>
}

async function plan(given: Given): Promise<PublicationPlan & { readonly scanned: string[] }> {
  const { objects = {}, numbers = {}, retired = [], ever = [], blocked = [], foreign = [] } = given
  const base = { commit: 'a'.repeat(40), manifest: manifest(...given.datasets) }
  const pending = entriesToPublish(base)
  const inventory: Inventory = {
    sizeOf: (bucket, key) => objects[`${bucket}/${key}`] ?? null,
    modifiedOf: () => null,
    keys: (bucket) =>
      Object.keys(objects).flatMap((name) =>
        name.startsWith(`${bucket}/`) ? [name.slice(bucket.length + 1)] : [],
      ),
    buckets: [],
    partial: [],
  }
  const scanned: string[] = []
  const found = await planPublication({
    base,
    retired: {
      list: retired && {
        numbers: new Map(Object.entries(numbers)),
        objects: retired.map((key) => {
          return { bucket: 'production', key, since: '2026-01-02T03:04:05.678Z' }
        }),
      },
      problem: null,
      isVerified: true,
    },
    inventory,
    origins: given.origins ?? new Map(pending.map((item) => [item, originOf(item, given)])),
    pending,
    blocked: new Set(blocked),
    buckets: ['production', 'internal'],
    isPublic: (bucket) => bucket === 'production',
    isOwn: ({ key }) => Promise.resolve(!foreign.includes(key)),
    scan: async (datasets) => {
      scanned.push(...datasets)
      return {
        highest: new Map(),
        all: () => [],
        had: (name, number, key) => ever.includes(`${name} ${number} ${key}`),
      }
    },
  })
  return { ...found, scanned }
}

function originOf({ dataset: own }: DatasetEntry, { change, before }: Given): Origin {
  const done = own.history.filter(({ commit }) => commit !== 'pending-merge')
  const highest = Math.max(0, ...done.map(({ version }) => Number(version.slice(1))))
  const commit = '0123456789abcdef0123456789abcdef01234567'
  return {
    change: {
      commit,
      parents: [],
      subject: 'Add it',
      mergedSubject: null,
      time: new Date(0),
      ...change,
    },
    before: { highest, bucket: highest > 0 ? (own.bucket ?? 'production') : null, ...before },
  }
}

/** `version code` of what is refused. */
async function refused(given: Given): Promise<string[]> {
  const found = await plan(given)
  return found.refused.map(({ dataset: name, version, code }) => `${name} ${version} ${code}`)
}

const keyOf = (entry: VersionEntry): string => entry.r2_object_key
const others = (number: number, bytes = 9): string => `model/v${number}-${sha(bytes)}.sqlite`

test('says of a publication all that is needed, and where it came from', async () => {
  const entry = upload(2, { bytes: 7, description: 'pending-merge' })
  const { publications, deletions, usedNumbers, orphans, scanned } = await plan({
    datasets: [dataset([entry, published(1)])],
  })
  assert.equal(publications, [
    {
      kind: 'upload',
      dataset: 'model.sqlite',
      version: 'v2',
      bucket: 'production',
      key: keyOf(entry),
      sha256: sha(2),
      bytes: 7,
      stagingKey: entry.staging_key,
      base: null,
      isThere: false,
      commit: '0123456',
      description: 'Add it',
    },
  ])
  assert.equal([deletions, [...usedNumbers], orphans, scanned], [[], [], [], []])
})

test('takes the words of the author, else the subject of what was merged', async () => {
  const describe = async (
    description: string | null,
    mergedSubject: string | null,
  ): Promise<string | undefined> => {
    const change = { subject: 'Merge pull request #2', mergedSubject }
    const { publications } = await plan({
      datasets: [dataset([upload(1, { description })])],
      change,
    })
    return publications[0]?.description
  }
  assert.is(await describe('Better wind', 'Add v1'), 'Better wind')
  assert.is(await describe('', 'Add v1'), '')
  assert.is(await describe('pending-merge', 'Add v1'), 'Add v1')
  assert.is(await describe(null, 'Add v1'), 'Add v1')
  assert.is(await describe(null, null), 'Merge pull request #2')
})

test('knows of a size that is not said, and of an object that is there', async () => {
  const entry = upload(1)
  const objects = { [`production/${keyOf(entry)}`]: 5 }
  const { publications } = await plan({ datasets: [dataset([entry])], objects })
  assert.is(publications[0]?.bytes, null)
  assert.is(publications[0]?.isThere, true)
})

test('a rollback needs a published, unmarked version, and an object that was not given up', async () => {
  const datasets = [dataset([rollback(2, published(1)), published(1)])]
  const { publications } = await plan({ datasets })
  assert.is(publications[0]?.kind, 'rollback')
  assert.is(publications[0]?.stagingKey, null)
  const retired = [keyOf(published(1))]
  assert.equal(await refused({ datasets, retired }), ['model.sqlite v2 DM_CHANGE_RETIRED'])
  // An upload that was reverted in git may: its number and its bytes are its own.
  const again = [dataset([upload(1)])]
  const objects = { [`production/${retired[0]}`]: 5 }
  assert.equal(
    await refused({ datasets: again, retired, objects, numbers: { 'model.sqlite': 1 } }),
    [],
  )
  const other = published(1, { status: 'pending-deletion' })
  assert.equal(await refused({ datasets: [dataset([rollback(2, published(1)), other])] }), [
    'model.sqlite v2 DM_CHANGE_ROLLBACK',
  ])
  // That of another bucket may be called the same.
  const internal = [dataset([rollback(2, published(1)), published(1)], { bucket: 'internal' })]
  assert.equal(await refused({ datasets: internal, retired }), [])
})

test('the number of a rollback is checked, though its bytes are there', async () => {
  const datasets = [dataset([rollback(5, published(1)), published(1)])]
  const objects = { [`production/${keyOf(published(1))}`]: 5 }
  assert.equal(await refused({ datasets, objects }), ['model.sqlite v5 DM_CHANGE_VERSION'])
})

test('each refusal says what it is about', async () => {
  const says = async (given: Given, error: DmError): Promise<void> => {
    const { refused: problems } = await plan(given)
    const messages = problems.map(({ message }) => message)
    assert.ok(messages.includes(`${error.message} ${error.hint}`), messages.join('\n'))
  }
  const v = (version: string): { dataset: string; version: string } => {
    return { dataset: 'model.sqlite', version }
  }
  const chosen = upload(1, { r2_object_key: `chosen/v1-${sha(1)}.sqlite` })
  const below = { ...v('v2'), below: 'v1' }
  const datasets = [dataset([upload(2), chosen])]
  await says({ datasets }, new DmError('DM_CHANGE_PREDECESSOR', below))
  const used = { ...v('v2'), key: others(2) }
  const objects = { [`production/${others(2)}`]: 5 }
  await says(
    {
      datasets: [dataset([upload(2), published(1)])],
      objects,
      ever: [`model.sqlite 2 ${others(2)}`],
    },
    new DmError('DM_CHANGE_NUMBER_USED', used),
  )
  const back = [dataset([rollback(2, published(1)), published(1)])]
  const key = keyOf(published(1))
  await says(
    { datasets: back, retired: [key] },
    new DmError('DM_CHANGE_RETIRED', { ...v('v2'), key }),
  )
  await says(
    { datasets: [dataset([upload(1, { bytes: 6 })])], objects: { [`production/${key}`]: 5 } },
    new DmError('DM_OBJECT_SIZE', { ...v('v1'), bytes: 6, found: 5 }),
  )
  await says(
    { datasets: back, blocked: ['model.sqlite'] },
    new DmError('DM_CHANGE_BLOCKED', v('v2')),
  )
})

test('nothing was given up yet, or nobody looked where an entry came from', async () => {
  const datasets = [dataset([upload(1)])]
  const { publications, scanned } = await plan({ datasets, retired: null })
  assert.equal([publications.length, scanned], [1, []])
  const failed = await plan({ datasets, origins: new Map() }).catch((error: unknown) => error)
  assert.match(String(failed), 'TypeError: nobody has looked where model.sqlite came from')
})

test('a number that was given up is not given again, unless its very bytes are there', async () => {
  const datasets = [dataset([upload(2), published(1)])]
  const numbers = { 'model.sqlite': 2 }
  assert.equal(await refused({ datasets, numbers }), ['model.sqlite v2 DM_CHANGE_VERSION'])
  const objects = { [`production/${keyOf(upload(2))}`]: 5 }
  assert.equal(await refused({ datasets, numbers, objects }), [])
  assert.equal(await refused({ datasets, numbers: { 'other.sqlite': 2 } }), [])
  // The same key in another bucket says nothing.
  const elsewhere = { [`internal/${keyOf(upload(2))}`]: 5 }
  assert.equal(await refused({ datasets, numbers, objects: elsewhere }), [
    'model.sqlite v2 DM_CHANGE_VERSION',
  ])
})

test('the bytes that are there must be as many as the entry says', async () => {
  const objects = { [`production/${keyOf(upload(1))}`]: 5 }
  const datasets = (bytes: number): Dataset[] => [dataset([upload(1, { bytes })])]
  assert.equal(await refused({ datasets: datasets(5), objects }), [])
  assert.equal(await refused({ datasets: datasets(6), objects }), [
    'model.sqlite v1 DM_OBJECT_SIZE',
  ])
})

test('a dataset that is not what it should be takes no version, and loses what is marked', async () => {
  const marked = published(1, { status: 'pending-deletion' })
  const datasets = [dataset([upload(3), rollback(4, published(2)), published(2), marked])]
  const blocked = ['model.sqlite']
  assert.equal(await refused({ datasets, blocked }), [
    'model.sqlite v3 DM_CHANGE_BLOCKED',
    'model.sqlite v4 DM_CHANGE_PREDECESSOR',
  ])
  const { deletions, publications } = await plan({ datasets, blocked })
  assert.equal(publications, [])
  assert.equal(deletions, [
    { dataset: 'model.sqlite', version: 'v1', bucket: 'production', key: keyOf(marked) },
  ])
  assert.equal(await refused({ datasets, blocked: ['other.sqlite'] }), [])
})

test('a bucket that the config does not have takes nothing', async () => {
  const datasets = [dataset([upload(1)], { bucket: 'nowhere' })]
  const {
    refused: [problem],
  } = await plan({ datasets })
  assert.is(problem?.code, 'DM_UNKNOWN_BUCKET')
  assert.match(problem?.message ?? '', /nowhere.*production/)
})

test('what comes after a refused version waits with it, and names it; other datasets go on', async () => {
  // In a folder of somebody's choice, and others above it in the same folder.
  const chosen = (number: number): VersionEntry =>
    upload(number, { r2_object_key: `chosen/v${number}-${sha(number)}.sqlite` })
  const other = published(1, { r2_object_key: `b/v1-${sha(1)}.sqlite` })
  const { publications, refused: problems } = await plan({
    datasets: [
      dataset([chosen(3), chosen(2), chosen(1)]),
      dataset([rollback(2, other), other], { fileName: 'b.sqlite' }),
    ],
  })
  assert.equal(
    problems.map(({ version, code }) => `${version} ${code}`),
    ['v1 DM_CHANGE_KEY', 'v2 DM_CHANGE_PREDECESSOR', 'v3 DM_CHANGE_PREDECESSOR'],
  )
  assert.ok(problems.slice(1).every(({ message }) => message.includes('comes after v1')))
  assert.equal(
    publications.map(({ dataset: name }) => name),
    ['b.sqlite'],
  )
})

test('a number that was published with other bytes is refused, and remembered', async () => {
  const datasets = [dataset([upload(2), published(1)])]
  const objects = { [`production/${others(2)}`]: 5 }
  const ever = [`model.sqlite 2 ${others(2)}`]
  const found = await plan({ datasets, objects, ever })
  assert.equal(found.scanned, ['model.sqlite'])
  assert.equal(found.publications, [])
  assert.equal(
    found.refused.map(({ version, code }) => `${version} ${code}`),
    ['v2 DM_CHANGE_NUMBER_USED'],
  )
  assert.match(found.refused[0]?.message ?? '', others(2))
  assert.equal([...found.usedNumbers], [['model.sqlite', 2]])
  assert.equal(found.orphans, [])
})

test('what an interrupted publication left under a number is an orphan, and in nobody’s way', async () => {
  const datasets = [dataset([upload(2), published(1)])]
  const objects = { [`production/${others(2)}`]: 5 }
  // Published, but by another dataset, under another number, or under another key.
  const ever = [
    `other.sqlite 2 ${others(2)}`,
    `model.sqlite 3 ${others(2)}`,
    `model.sqlite 2 ${others(3)}`,
  ]
  const found = await plan({ datasets, objects, ever })
  assert.equal(found.refused, [])
  assert.equal(found.orphans, [{ bucket: 'production', key: others(2) }])
  assert.equal([...found.usedNumbers], [])
  assert.is(found.publications.length, 1)
})

test('what another repository has under that number in a shared bucket is not given up', async () => {
  const datasets = [dataset([upload(2), published(1)])]
  const objects = { [`production/${others(2)}`]: 5, [`production/${others(2, 8)}`]: 5 }
  const found = await plan({ datasets, objects, foreign: [others(2)] })
  assert.equal(found.orphans, [{ bucket: 'production', key: others(2, 8) }])
  assert.is(found.publications.length, 1)
})

test('the history is read only where something lies under the number that nothing accounts for', async () => {
  const scanned = async (given: Given): Promise<string[]> => (await plan(given)).scanned
  const datasets = [dataset([upload(2), published(1)])]
  const objects = { [`production/${others(2)}`]: 5 }
  // On the list; of another number; in another bucket; of another dataset's entry.
  assert.equal(await scanned({ datasets, objects, retired: [others(2)] }), [])
  assert.equal(await scanned({ datasets, objects: { [`production/${others(3)}`]: 5 } }), [])
  assert.equal(await scanned({ datasets, objects: { [`internal/${others(2)}`]: 5 } }), [])
  const named = dataset([published(2, { sha256: sha(9), r2_object_key: others(2) })], {
    fileName: 'named.sqlite',
  })
  assert.equal(await scanned({ datasets: [...datasets, named], objects }), [])
  const elsewhere = { ...named, bucket: 'internal' }
  assert.equal(await scanned({ datasets: [...datasets, elsewhere], objects }), ['model.sqlite'])
  // A rollback has no key of its own.
  const back = [dataset([rollback(2, published(1)), published(1)])]
  assert.equal(await scanned({ datasets: back, objects }), [])
  // What is refused anyway.
  assert.equal(await scanned({ datasets, objects, blocked: ['model.sqlite'] }), [])
})

test('what a private dataset has becomes public only where that is meant', async () => {
  const hidden = published(1, { r2_object_key: `hidden/v1-${sha(1)}.sqlite` })
  const internal = dataset([hidden], { fileName: 'hidden.sqlite', bucket: 'internal' })
  const datasets = (fields: object): Dataset[] => [dataset([upload(1, fields)]), internal]
  assert.equal(await refused({ datasets: datasets({}) }), ['model.sqlite v1 DM_CHANGE_DISCLOSURE'])
  assert.equal(await refused({ datasets: datasets({ disclose: true }) }), [])
})

test('the bucket that a dataset had before, and no other, is its own', async () => {
  const datasets = [dataset([upload(2), published(1)])]
  assert.equal(await refused({ datasets, before: { bucket: 'internal' } }), [
    'model.sqlite v2 DM_CHANGE_BUCKET',
  ])
})

test('marks remove a version, or all of a dataset with what is pending; never a pending one alone', async () => {
  const marked = { status: 'pending-deletion' } as const
  const whole = dataset([upload(2), published(1)], { fileName: 'whole.sqlite', ...marked })
  const one = dataset([published(2), published(1, marked)], { bucket: 'internal' })
  const key = `born/v1-${sha(7)}.sqlite`
  const staging = `staging-uploads/${sha(7)}.sqlite`
  const fields = { sha256: sha(7), r2_object_key: key, staging_key: staging, ...marked }
  const born = dataset([upload(1, fields)], { fileName: 'born.sqlite' })
  const {
    deletions,
    publications,
    refused: problems,
  } = await plan({
    datasets: [whole, one, born],
  })
  assert.equal(publications, [])
  assert.equal(
    deletions.map((each) => `${each.dataset} ${each.version} ${each.bucket} ${each.key}`),
    [
      `whole.sqlite v2 production ${keyOf(published(2))}`,
      `whole.sqlite v1 production ${keyOf(published(1))}`,
      `model.sqlite v1 internal ${keyOf(published(1))}`,
    ],
  )
  assert.equal(
    problems.map(({ dataset: name, code }) => `${name} ${code}`),
    ['born.sqlite DM_CHANGE_ENTRY_MARKED'],
  )
})

test.run()
