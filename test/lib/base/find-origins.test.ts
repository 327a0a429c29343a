import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findOrigins, type PastState } from '../../../lib/base/find-origins.ts'
import { scanManifest } from '../../../lib/base/scan-manifest.ts'
import type { Dataset, DatasetEntry, VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, published, rollback, sha, upload } from '../manifest/samples.ts'

const test = suite('lib/base/find-origins')

/** A state by its name: the datasets, or the history of `model.sqlite`; null: unreadable. */
type Named = readonly [string, readonly VersionEntry[] | readonly Dataset[] | null]

const isDatasets = (content: Named[1]): content is readonly Dataset[] =>
  content !== null && content.some((one) => 'history' in one)

function stateOf([commit, content]: Named): PastState {
  const datasets =
    content === null || isDatasets(content) || content.length === 0 ? content : [dataset(content)]
  return {
    change: { commit, parents: [], subject: '', mergedSubject: null, time: new Date(0) },
    entries: datasets && scanManifest(Buffer.from(JSON.stringify(datasets))),
  }
}

/** What is found of the entry, given the states newest first: `<commit> after v<highest> in <bucket>`. */
async function found(
  entry: VersionEntry,
  states: readonly Named[],
  fields: Partial<Dataset> = {},
): Promise<string | undefined> {
  const wanted: DatasetEntry = { dataset: dataset([entry], fields), entry }
  const origins = await findOrigins([wanted], stream(states.map(stateOf)))
  return tell(origins, wanted)
}

function tell(
  origins: Awaited<ReturnType<typeof findOrigins>>,
  wanted: DatasetEntry,
): string | undefined {
  const origin = origins.get(wanted)
  if (origin === undefined) return undefined
  const { highest, bucket } = origin.before
  return `${origin.change.commit} after v${highest} in ${bucket}`
}

async function* stream(states: readonly PastState[], read: string[] = []) {
  for (const state of states) {
    read.push(state.change.commit)
    yield state
  }
}

const p1 = published(1)
const u2 = upload(2)
/** Another proposal of v2. */
const draft = (fields: Partial<VersionEntry> = {}): VersionEntry =>
  upload(2, {
    sha256: sha(7),
    r2_object_key: `model/v2-${sha(7)}.sqlite`,
    staging_key: `staging-uploads/${sha(7)}.sqlite`,
    ...fields,
  })

const ways: Record<string, [readonly Named[], string | undefined]> = {
  'a merge, a squash or a fast-forward of one commit': [
    [
      ['merge', [u2, p1]],
      ['before', [p1]],
    ],
    'merge after v1 in production',
  ],
  'a rebase or a fast-forward of a corrected proposal': [
    [
      ['second', [u2, p1]],
      ['first', [draft(), p1]],
      ['before', [p1]],
    ],
    'second after v1 in production',
  ],
  'one that was corrected back and forth': [
    [
      ['third', [u2, p1]],
      ['second', [draft(), p1]],
      ['first', [u2, p1]],
      ['before', [p1]],
    ],
    'third after v1 in production',
  ],
  'later changes of the manifest that leave it alone': [
    [
      ['other', [dataset([u2, p1]), dataset([p1], { fileName: 'other.sqlite' })]],
      ['words', [upload(2, { description: 'Better words' }), p1]],
      ['came', [u2, p1]],
      ['before', [p1]],
    ],
    'came after v1 in production',
  ],
  'the first commit of all': [[['root', [u2]]], 'root after v0 in null'],
  'a manifest that was empty before': [
    [
      ['came', [u2, p1]],
      ['empty', []],
    ],
    'came after v0 in null',
  ],
  'other datasets say nothing of it': [
    [
      ['came', [u2]],
      ['before', [dataset([published(9), u2], { fileName: 'other.sqlite', bucket: 'x' })]],
    ],
    'came after v0 in null',
  ],
  'states that cannot be read in between': [
    [
      ['mended', [u2, p1]],
      ['broken', null],
      ['came', [u2, p1]],
      ['broken before', null],
      ['before', [p1]],
    ],
    'came after v1 in production',
  ],
  'it came in a state that cannot be read': [
    [
      ['mended', [u2, p1]],
      ['broken', null],
      ['before', [p1]],
    ],
    'mended after v1 in production',
  ],
  'nothing can be read before it': [
    [
      ['came', [u2, p1]],
      ['broken', null],
    ],
    'came after v0 in null',
  ],
  'a publication that was reverted in git': [
    [
      ['revert', [u2, p1]],
      ['publish', [published(2), p1]],
      ['came', [u2, p1]],
      ['before', [p1]],
    ],
    'came after v1 in production',
  ],
  'a number that was published with other bytes': [
    [
      ['came', [u2, p1]],
      ['old', [draft({ commit: 'abcdef1' }), p1]],
      ['older', [p1]],
    ],
    'came after v2 in production',
  ],
  'a number that was corrected after it had been published with other bytes': [
    [
      ['came', [u2, p1]],
      ['draft', [draft(), p1]],
      ['old', [published(2, { sha256: sha(8) }), p1]],
    ],
    'came after v2 in production',
  ],
  'an entry that was gone and came back': [
    [
      ['again', [u2, p1]],
      ['gone', [p1]],
      ['first', [u2, p1]],
      ['before', [p1]],
    ],
    'again after v1 in production',
  ],
  'a dataset that was gone and came back': [
    [
      ['again', [u2]],
      ['gone', []],
      ['first', [u2, p1]],
    ],
    'again after v0 in null',
  ],
  'versions that came before and after it': [
    [
      ['after', [upload(3), u2, p1]],
      ['came', [u2, published(5), p1]],
      ['before', [published(5), p1]],
    ],
    'came after v5 in production',
  ],
  'nothing is known of it': [
    [
      ['other', [p1]],
      ['older', []],
    ],
    undefined,
  ],
  'no state at all': [[], undefined],
}

for (const [name, [states, origin]] of Object.entries(ways)) {
  test(`where it came from: ${name}`, async () => {
    assert.is(await found(u2, states), origin)
  })
}

test('the bucket is that of the state before, whatever it has been since', async () => {
  const of = (bucket: string, ...history: VersionEntry[]): Dataset[] => [
    dataset(history, { bucket }),
  ]
  const states: Named[] = [
    ['moved', of('production', u2, p1)],
    ['came', of('internal', u2, p1)],
    ['before', of('internal', p1)],
  ]
  assert.is(await found(u2, states, { bucket: 'production' }), 'came after v1 in internal')
})

test('a rollback is told by its bytes as an upload is', async () => {
  const back = rollback(3, p1)
  const states: Named[] = [
    ['came', [back, published(2), p1]],
    ['before', [published(2), p1]],
  ]
  assert.is(await found(back, states), 'came after v2 in production')
})

test('it reads back only as far as the oldest of them, and nothing for none', async () => {
  const old = upload(1, { description: 'old' })
  const model = dataset([u2, old])
  const wanted = model.history.map((entry) => ({ dataset: model, entry }))
  const states = (
    [
      ['new', [u2, old]],
      ['old', [old]],
      ['before', []],
      ['first', []],
    ] as const
  ).map(stateOf)
  const read: string[] = []
  const origins = await findOrigins(wanted, stream(states, read))
  assert.equal(read, ['new', 'old', 'before'])
  assert.equal(
    wanted.map((one) => tell(origins, one)),
    ['new after v1 in production', 'old after v0 in null'],
  )
  assert.is((await findOrigins([], stream(states, read))).size, 0)
  assert.is(read.length, 3)
})

test.run()
