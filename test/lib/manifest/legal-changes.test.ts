import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import {
  checkPendingEntry,
  checkPublished,
  findPrivate,
  type PendingChange,
} from '../../../lib/manifest/legal-changes.ts'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, manifest, published, rollback, sha, upload } from './samples.ts'

const test = suite('lib/manifest/legal-changes')

const status = 'pending-deletion'

interface Given extends Partial<Omit<PendingChange, 'dataset' | 'entry' | 'manifest'>> {
  /** The entry that is looked at comes first. */
  readonly history: readonly VersionEntry[]
  readonly fields?: Partial<Dataset>
  readonly others?: readonly Dataset[]
}

function errorsOf({ history, fields, others = [], ...known }: Given): DmError[] {
  const own = dataset(history, fields)
  return checkPendingEntry({
    manifest: { datasets: [...others, own], origin: null },
    dataset: own,
    entry: history[0] as VersionEntry,
    before: { highest: history.length - 1, bucket: own.bucket ?? 'production' },
    retired: 0,
    isThere: false,
    isPublic: (bucket) => bucket !== 'internal',
    ...known,
  })
}

/** Runs a table: what is said of each, by its codes. */
function table(title: string, rows: Readonly<Record<string, [Given, ...string[]]>>): void {
  for (const [name, [given, ...codes]] of Object.entries(rows)) {
    test(`${title}: ${name}`, () => {
      const found = errorsOf(given)
      assert.equal(
        found.map(({ code }) => code),
        codes,
      )
      for (const { context } of found) {
        const told = context as { dataset: string; version?: string }
        assert.is(told.dataset, given.fields?.fileName ?? 'model.sqlite')
        const isOfDataset = ['DM_CHANGE_NAME', 'DM_CHANGE_BUCKET'].includes(codes[0] ?? '')
        if (!isOfDataset) assert.is(told.version, given.history[0]?.version)
      }
    })
  }
}

const first = [upload(1)]
const fresh = { before: { highest: 0, bucket: null } }
const second = [upload(2), published(1)]
const scoped = (number: number, hash = sha(number)): Partial<VersionEntry> => {
  return { staging_key: `staging-uploads/0a1b2c3d/${hash}.sqlite` }
}
const named = (fileName: string): Given => {
  const key = `${fileName.replace(/\.sqlite$/, '')}/v1-${sha(1)}.sqlite`
  return { ...fresh, history: [upload(1, { r2_object_key: key })], fields: { fileName } }
}

table('a legal change', {
  'the first version of a new dataset': [{ ...fresh, history: first }],
  'an update': [{ history: second }],
  'one staged for a scope': [{ history: [upload(2, scoped(2)), published(1)] }],
  'a rollback': [{ history: [rollback(3, published(1)), published(2), published(1)] }],
  'one of which all is known that can be': [
    { history: [upload(2, { bytes: 4096, note: 'x', diffFromPrevious: 'd' }), published(1)] },
  ],
})

table('the name', {
  'a new one keeps the rules for new names': [named('.model.sqlite'), 'DM_CHANGE_NAME'],
  'a new one ends in .sqlite': [named('model.db'), 'DM_CHANGE_NAME'],
  'an old one is what it is': [
    { history: [upload(2, { r2_object_key: `x/v2-${sha(2)}.sqlite` }), old('.m')], ...at('.m') },
  ],
  'one that was published once is old': [
    { ...named('model.db'), before: { highest: 0, bucket: null }, retired: 0, ...withPublished() },
  ],
  'one that was there before is old': [
    { ...named('.m'), before: { highest: 1, bucket: 'production' }, isThere: true },
  ],
  'one that was given up is old': [{ ...named('.m'), retired: 1, isThere: true }],
  'it differs from all others by more than case': [
    {
      ...fresh,
      history: first,
      others: [dataset([published(1, { sha256: sha(7) })], { fileName: 'Model.sqlite' })],
    },
    'DM_CHANGE_NAME',
  ],
  'also where the other one is in lower case': [
    {
      ...named('Model.sqlite'),
      others: [dataset([], { fileName: 'model.sqlite' })],
    },
    'DM_CHANGE_NAME',
  ],
  'others may be alike': [
    { ...fresh, history: first, others: [dataset([], { fileName: 'models.sqlite' })] },
  ],
})

function old(stem: string): VersionEntry {
  return published(1, { r2_object_key: `x/v1-${sha(1)}.sqlite`, description: stem })
}
function at(fileName: string): { fields: Partial<Dataset> } {
  return { fields: { fileName } }
}
/** A dataset whose only published version came after the pending one did. */
function withPublished(): Pick<Given, 'history' | 'isThere'> {
  const key = `model.db/v1-${sha(1)}.sqlite`
  return { history: [upload(1, { r2_object_key: key }), published(2)], isThere: true }
}

table('the bucket', {
  'it is the one that the dataset had': [
    { history: second, before: { highest: 1, bucket: 'internal' } },
    'DM_CHANGE_BUCKET',
  ],
  'one that is left out is production': [
    { history: second, before: { highest: 1, bucket: 'production' } },
  ],
  'a new dataset may be in any': [{ ...fresh, history: first, fields: { bucket: 'internal' } }],
})

table('marks', {
  'a marked dataset takes no new entry': [
    { history: second, fields: { status } },
    'DM_CHANGE_DATASET_MARKED',
  ],
  'an entry does not come marked': [
    { history: [upload(2, { status }), published(1)] },
    'DM_CHANGE_ENTRY_MARKED',
  ],
  'other versions may be marked': [{ history: [upload(2), published(1, { status })] }],
})

const numbered = (number: number, highest: number, ...below: VersionEntry[]): Given => {
  return { history: [upload(number), ...below], before: { highest, bucket: 'production' } }
}
table('the number', {
  'it follows the highest': [numbered(3, 1, published(1)), 'DM_CHANGE_VERSION'],
  'it was never used': [numbered(2, 2, published(1)), 'DM_CHANGE_VERSION'],
  'it is not below': [numbered(1, 1), 'DM_CHANGE_VERSION'],
  'numbers that came together count': [numbered(3, 1, upload(2), published(1))],
  'also where one of them is published by now': [numbered(3, 1, published(2), published(1))],
  'those that came after do not': [numbered(2, 1, upload(3), published(1))],
  'nor those that were there before': [numbered(4, 3, published(2), published(3))],
  'a gap below stays one': [numbered(4, 1, upload(2), published(1)), 'DM_CHANGE_VERSION'],
  'it follows what was given up': [{ ...numbered(6, 1, published(1)), retired: 5 }],
  'what was given up is not given again': [
    { ...numbered(2, 1, published(1)), retired: 5 },
    'DM_CHANGE_VERSION',
  ],
  'what was given up below the highest says nothing': [
    { ...numbered(3, 2, published(2)), retired: 1 },
  ],
  'where its bytes are published, it is its own': [
    { ...numbered(2, 7, published(1)), retired: 9, isThere: true },
  ],
})

test('the number: the one that is expected is told', () => {
  const [error] = errorsOf({ ...numbered(9, 1, upload(2), published(1)), retired: 3 })
  // v2 is below what was given up.
  assert.is((error?.context as { expected: string } | undefined)?.expected, 'v4')
  assert.match(error?.message ?? '', 'v4')
})

const keyed = (fields: Partial<VersionEntry>): Given => {
  return { history: [upload(2, fields), published(1)] }
}
const staged = (name: string): Given => keyed({ staging_key: `staging-uploads/0a1b2c3d/${name}` })
table('the keys of an upload', {
  'staging holds the bytes compressed': [staged(`${sha(2)}.sqlite.zst`)],
  'staging holds a delta': [staged(`${sha(2)}-from-${sha(1)}.delta`)],
  'compressed bytes are its own': [staged(`${sha(3)}.sqlite.zst`), 'DM_CHANGE_STAGING_KEY'],
  'a delta makes its own bytes': [
    staged(`${sha(1)}-from-${sha(2)}.delta`),
    'DM_CHANGE_STAGING_KEY',
  ],
  'a delta builds upon other bytes': [
    staged(`${sha(2)}-from-${sha(2)}.delta`),
    'DM_CHANGE_STAGING_KEY',
  ],
  'a diff is no bytes of a version': [staged(`${sha(2)}.diff.sql`), 'DM_CHANGE_STAGING_KEY'],
  'staging holds its own bytes': [
    keyed({ staging_key: `staging-uploads/${sha(3)}.sqlite` }),
    'DM_CHANGE_STAGING_KEY',
  ],
  'also below a scope': [keyed(scoped(2, sha(3))), 'DM_CHANGE_STAGING_KEY'],
  'a scope is 8 digits': [
    keyed({ staging_key: `staging-uploads/0a1b2c3/${sha(2)}.sqlite` }),
    'DM_CHANGE_STAGING_KEY',
  ],
  'nothing else is staging': [keyed({ staging_key: '' }), 'DM_CHANGE_STAGING_KEY'],
  'the key has the folder of the predecessor': [
    keyed({ r2_object_key: `other/v2-${sha(2)}.sqlite` }),
    'DM_CHANGE_KEY',
  ],
  'the key has the number': [
    keyed({ r2_object_key: `model/v1-${sha(2)}.sqlite` }),
    'DM_CHANGE_KEY',
  ],
  'the key has the hash': [keyed({ r2_object_key: `model/v2-${sha(3)}.sqlite` }), 'DM_CHANGE_KEY'],
})

const restoring = (entry: VersionEntry, ...more: VersionEntry[]): Given => {
  return { history: [entry, ...more], before: { highest: 2, bucket: 'production' } }
}
table('a rollback', {
  'the bytes are those of its own dataset': [
    {
      ...restoring(rollback(3, published(7)), published(2)),
      others: [dataset([published(7)], { fileName: 'other.sqlite' })],
    },
    'DM_CHANGE_ROLLBACK',
  ],
  'the hash belongs to the key': [
    restoring(rollback(3, published(1), { sha256: sha(2) }), published(2), published(1)),
    'DM_CHANGE_ROLLBACK',
  ],
  'the key belongs to the hash': [
    restoring(
      rollback(3, published(1), { r2_object_key: published(2).r2_object_key }),
      published(2),
      published(1),
    ),
    'DM_CHANGE_ROLLBACK',
  ],
  'what is pending cannot come back': [
    restoring(rollback(3, upload(2)), upload(2)),
    'DM_CHANGE_ROLLBACK',
  ],
  'what is marked cannot come back': [
    restoring(rollback(3, published(1)), published(2), published(1, { status })),
    'DM_CHANGE_ROLLBACK',
  ],
  'a rollback can be rolled back to': [
    restoring(rollback(3, published(1)), published(2, { ...same(1) })),
  ],
})

function same(number: number): Partial<VersionEntry> {
  const { sha256, r2_object_key } = published(number)
  return { sha256, r2_object_key }
}

const secret = (entry: VersionEntry = published(9, same(2))): readonly Dataset[] => [
  dataset([entry], { fileName: 'secret.sqlite', bucket: 'internal' }),
]
table('private bytes', {
  'they do not become public': [{ history: second, others: secret() }, 'DM_CHANGE_DISCLOSURE'],
  'nor those that wait to be private': [
    { history: second, others: secret(upload(9, same(2))) },
    'DM_CHANGE_DISCLOSURE',
  ],
  'nor by a rollback': [
    {
      history: [rollback(3, published(2)), published(2), published(1)],
      others: secret(),
    },
    'DM_CHANGE_DISCLOSURE',
  ],
  'unless the entry says so': [
    { history: [upload(2, { disclose: true }), published(1)], others: secret() },
  ],
  'false says nothing': [
    { history: [upload(2, { disclose: false }), published(1)], others: secret() },
    'DM_CHANGE_DISCLOSURE',
  ],
  'other bytes are nobody’s': [{ history: second, others: secret(published(9)) }],
  'private ones may be there twice': [
    { history: second, fields: { bucket: 'internal' }, others: secret() },
  ],
  'public ones may be there twice': [
    {
      history: second,
      others: [dataset([published(9, same(2))], { fileName: 'open.sqlite', bucket: 'more' })],
    },
  ],
  'where no bucket is public, nothing becomes so': [
    { history: second, others: secret(), isPublic: () => false },
  ],
})

test('private bytes: the dataset that has them is told', () => {
  const isPublic = (bucket: string): boolean => bucket !== 'internal'
  const all = manifest(dataset([published(2)]), ...secret())
  assert.is(findPrivate(all, sha(2), isPublic), 'secret.sqlite')
  const more = dataset([published(3), published(1)], {
    fileName: 'more.sqlite',
    bucket: 'internal',
  })
  assert.is(findPrivate(manifest(more, ...all.datasets), sha(1), isPublic), 'more.sqlite')
  assert.is(findPrivate(all, sha(1), isPublic), undefined)
  assert.is(findPrivate(manifest(dataset([published(2)])), sha(2), isPublic), undefined)
})

test('what is wrong is told with what was expected', () => {
  const contextOf = (given: Given): object => errorsOf(given)[0]?.context ?? {}
  const name = { dataset: 'model.sqlite' }
  const version = { ...name, version: 'v2' }
  const bucket = { bucket: 'production', established: 'internal' }
  assert.equal(contextOf({ history: second, before: { highest: 1, bucket: 'internal' } }), {
    ...name,
    ...bucket,
  })
  assert.equal(contextOf(keyed({ r2_object_key: `x/v2-${sha(2)}.sqlite` })), {
    ...version,
    key: `model/v2-${sha(2)}.sqlite`,
  })
  assert.equal(contextOf({ history: second, others: secret() }), {
    ...version,
    private: 'secret.sqlite',
    bucket: 'production',
  })
  const [moved] = checkPublished(
    manifest(dataset([published(1)], { bucket: 'internal' })),
    manifest(dataset([published(1)])),
  )
  assert.equal(moved?.context, { ...name, ...bucket })
  assert.match(errorsOf(named('.m.sqlite'))[0]?.message ?? '', 'must begin with a letter')
  const twin = dataset([], { fileName: 'Model.sqlite' })
  const [taken] = errorsOf({ ...fresh, history: first, others: [twin] })
  assert.match(taken?.message ?? '', 'that of another dataset')
})

test('all that is wrong is told at once', () => {
  const fields = { status, bucket: 'internal' } as const
  const entry = upload(9, { status, staging_key: '' })
  const before = { highest: 1, bucket: 'production' }
  assert.equal(
    errorsOf({ history: [entry, published(1)], before, fields }).map(({ code }) => code),
    [
      'DM_CHANGE_BUCKET',
      'DM_CHANGE_DATASET_MARKED',
      'DM_CHANGE_ENTRY_MARKED',
      'DM_CHANGE_VERSION',
      'DM_CHANGE_STAGING_KEY',
    ],
  )
})

/** What is said of a proposal that makes one history of another. */
function changed(
  before: readonly VersionEntry[] | Dataset | null,
  after: readonly VersionEntry[] | Dataset | null,
): string[] {
  const all = (one: typeof before) => {
    if (one === null) return manifest()
    return manifest('history' in one ? one : dataset(one))
  }
  return checkPublished(all(before), all(after)).map(({ code, context }) => {
    const told = context as { dataset: string; version?: string; fields?: string }
    assert.is(told.dataset, 'model.sqlite')
    return [code, told.version, told.fields].filter((word) => word !== undefined).join(' ')
  })
}

const mark = { status } as const
const other = {
  sha256: sha(2),
  r2_object_key: `model/v1-${sha(2)}.sqlite`,
  staging_key: `staging-uploads/${sha(2)}.sqlite`,
}
type Changed = Parameters<typeof changed>
const proposals: Record<string, [Changed[0], Changed[1], ...string[]]> = {
  'an upload is added': [[published(1)], [upload(2), published(1)]],
  'a dataset is added': [null, [upload(1)]],
  'a pending entry is corrected': [[upload(1)], [upload(1, { ...other, note: 'x' })]],
  'a pending entry is withdrawn': [[upload(2), published(1)], [published(1)]],
  'a pending dataset is withdrawn': [[upload(1)], null],
  'a version is marked': [[published(1)], [published(1, mark)]],
  'a mark is taken back': [[published(1, mark)], [published(1)]],
  'a dataset is marked': [[published(1)], dataset([published(1)], mark)],
  'a field of a dataset that has no meaning': [[published(1)], dataset([published(1)], { n: 1 })],
  'a stale latestVersion is corrected': [
    [published(1)],
    dataset([published(1)], { latestVersion: 'v1' }),
  ],
  'production is named': [[published(1)], dataset([published(1)], { bucket: 'production' })],
  'a publication is reverted': [[published(1)], [upload(1, { description: 'pending-merge' })]],
  'a publication is reverted that made companions': [
    [published(1, { compressedBytes: 5, delta: { from: sha(2), bytes: 3 } })],
    [upload(1, { description: 'pending-merge' })],
  ],
  'nothing but the order': [
    [published(2), published(1)],
    [published(1), published(2)],
  ],

  'a published entry is added': [
    [published(1)],
    [published(2), published(1)],
    'DM_CHANGE_SELF_PUBLISHED v2',
  ],
  'a published dataset is added': [null, [published(1)], 'DM_CHANGE_SELF_PUBLISHED v1'],
  'a pending entry is published': [[upload(1)], [published(1)], 'DM_CHANGE_SELF_PUBLISHED v1'],
  'a pending entry is published and edited': [
    [upload(1)],
    [published(1, { sha256: sha(2) })],
    'DM_CHANGE_SELF_PUBLISHED v1',
  ],
  'a published entry vanishes': [
    [published(2), published(1)],
    [published(2)],
    'DM_CHANGE_REMOVED v1',
  ],
  'a marked entry vanishes': [
    [published(2), published(1, mark)],
    [published(2)],
    'DM_CHANGE_REMOVED v1',
  ],
  'a dataset vanishes': [[published(1)], null, 'DM_CHANGE_REMOVED v1'],
  'a dataset is moved': [
    [published(1)],
    dataset([published(1)], { bucket: 'internal' }),
    'DM_CHANGE_BUCKET',
  ],
  'a published entry is edited': [
    [published(1)],
    [published(1, { description: 'Better', sha256: sha(2) })],
    'DM_CHANGE_PUBLISHED v1 sha256, description',
  ],
  'a published entry gets other words': [
    [published(1)],
    [published(1, { description: 'Better' })],
    'DM_CHANGE_PUBLISHED v1 description',
  ],
  'a published entry gets another commit': [
    [published(1)],
    [published(1, { commit: '1234567' })],
    'DM_CHANGE_PUBLISHED v1 commit',
  ],
  'the companions of a published entry are edited': [
    [published(1)],
    [published(1, { compressedBytes: 5, delta: { from: sha(2), bytes: 3 } })],
    'DM_CHANGE_PUBLISHED v1 compressedBytes, delta',
  ],
  'a published entry is edited and marked': [
    [published(1)],
    [published(1, { ...mark, note: 'x' })],
    'DM_CHANGE_PUBLISHED v1 note',
  ],
  'a publication is reverted to something else': [
    [published(1)],
    [upload(1, { bytes: 7 })],
    'DM_CHANGE_PUBLISHED v1 commit, staging_key, bytes',
  ],
  'a publication is reverted to what is marked': [
    [published(1)],
    [upload(1, mark)],
    'DM_CHANGE_PUBLISHED v1 commit, staging_key',
  ],
}

for (const [name, [before, after, ...errors]] of Object.entries(proposals)) {
  test(`a proposal: ${name}`, () => {
    assert.equal(changed(before, after), errors)
  })
}

test.run()
