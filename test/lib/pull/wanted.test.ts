import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import type { VersionEntry } from '../../../lib/manifest/types.ts'
import { chooseWanted, type Wanted, type WantedRequest } from '../../../lib/pull/wanted.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, rollback, sha, upload } from '../manifest/samples.ts'

const test = suite('lib/pull/wanted')

const history = [
  upload(4),
  published(3, { status: 'pending-deletion' }),
  published(2),
  published(1),
]

function choose(name: string, options: Partial<WantedRequest> = {}): Wanted {
  return chooseWanted({
    manifest: manifest(dataset(history)),
    name,
    version: undefined,
    staging: 'staging',
    proposed: false,
    ...options,
  })
}

test('the latest is the highest version that is neither pending nor marked', () => {
  const latest = {
    dataset: 'model.sqlite',
    version: 'v2',
    sha256: sha(2),
    bytes: published(2).bytes,
    places: [{ bucket: 'production', key: published(2).r2_object_key }],
  }
  const wanted = [
    choose('model.sqlite'),
    choose('model.sqlite@latest'),
    choose('model.sqlite', { version: 'latest' }),
  ]
  for (const { stored, ...chosen } of wanted) {
    assert.equal(chosen, latest)
    // What is published of it, whatever is to become of it, can be the start of another one.
    assert.equal(
      stored.map(({ sha256 }) => sha256),
      [sha(3), sha(2), sha(1)],
    )
  }
})

test('a version is asked for in the name or as an option; the same twice is fine', () => {
  assert.is(choose('model.sqlite@v1').version, 'v1')
  assert.is(choose('model.sqlite', { version: 'v1' }).version, 'v1')
  assert.is(choose('model.sqlite@v1', { version: 'v1' }).version, 'v1')
})

test('two different versions, and what is no version, are a wrong usage', async () => {
  const twice = await failure('DM_USAGE', () => choose('model.sqlite@v1', { version: 'v2' }))
  assert.equal([twice.exit, twice.message.includes('v1 and v2')], [2, true])
  for (const version of ['', '1', 'v0', 'v01', 'V1', 'v1 ', 'v-1', '__proto__']) {
    await failure('DM_USAGE', () => choose(`model.sqlite@${version}`))
    await failure('DM_USAGE', () => choose('model.sqlite', { version }))
  }
})

test('a marked version can still be had by its number', () => {
  assert.is(choose('model.sqlite@v3').sha256, sha(3))
})

test('an unknown dataset or version is named', async () => {
  assert.is((await failure('DM_UNKNOWN_DATASET', () => choose('modell.sqlite'))).exit, 2)
  const { message } = await failure('DM_UNKNOWN_VERSION', () => choose('model.sqlite@v9'))
  assert.match(message, 'v9')
})

test('a pending version is refused on the base; where it is proposed it comes from staging, or where it was published since', async () => {
  assert.is((await failure('DM_VERSION_PENDING', () => choose('model.sqlite@v4'))).exit, 2)
  const { version, places } = choose('model.sqlite', { proposed: true, staging: 'waiting' })
  assert.is(version, 'v4')
  assert.equal(places, [
    { bucket: 'waiting', key: `staging-uploads/${sha(4)}.sqlite` },
    { bucket: 'production', key: upload(4).r2_object_key },
  ])
})

test('what a branch proposes as a rollback comes from where the restored bytes are', () => {
  const restored = published(1)
  const { places, sha256 } = choose('model.sqlite', {
    manifest: manifest(dataset([rollback(2, restored), restored], { bucket: 'internal' })),
    proposed: true,
  })
  assert.equal(places, [{ bucket: 'internal', key: restored.r2_object_key }])
  assert.is(sha256, sha(1))
})

test('what is published comes from its bucket, also where an old entry still names staging', () => {
  const old = dataset([published(1, { staging_key: `staging-uploads/${sha(1)}.sqlite` })])
  const { places } = choose('model.sqlite', { manifest: manifest(old), proposed: true })
  assert.equal(places, [{ bucket: 'production', key: published(1).r2_object_key }])
})

test('a dataset without a published version says so, and tells those that are marked', async () => {
  const options = { manifest: manifest(dataset([upload(1)])) }
  const none = await failure('DM_NO_PUBLISHED_VERSION', () => choose('model.sqlite', options))
  assert.match(none.message, 'no published version yet')
  const gone = { status: 'pending-deletion' } as const
  const cases = [
    dataset([upload(3), published(2), published(1)], gone),
    dataset([upload(3), published(2, gone), published(1, gone)]),
  ]
  for (const marked of cases) {
    const { message, hint } = await failure('DM_NO_PUBLISHED_VERSION', () =>
      choose('model.sqlite', { manifest: manifest(marked) }),
    )
    assert.match(message, 'marked for deletion')
    assert.match(hint, 'dm pull model.sqlite@v2. The versions are: v2, v1.')
    const { sha256 } = choose('model.sqlite@v2', { manifest: manifest(marked) })
    assert.is(sha256, sha(2))
  }
})

test('a pending version says where its bytes are: in staging, or with the version that it restores', async () => {
  const pending = (...entries: VersionEntry[]): Promise<DmError<'DM_VERSION_PENDING'>> =>
    failure('DM_VERSION_PENDING', () =>
      choose('model.sqlite@v4', { manifest: manifest(dataset(entries)) }),
    )
  const staged = await pending(upload(4), published(1))
  assert.match(staged.message, 'in staging')
  assert.match(staged.hint, 'dm pull model.sqlite@v4 --ref BRANCH')
  const back = await pending(rollback(4, published(1)), published(2), published(1))
  assert.match(back.message, 'the bytes of v1')
  assert.match(back.hint, /take the same bytes now: dm pull model\.sqlite@v1$/)
  const orphan = await pending(rollback(4, published(1)), published(2))
  assert.match(orphan.message, 'older bytes')
  assert.is(orphan.hint, 'Run dm publish.')
})

test('a dataset whose name looks like NAME@vN is found by it', () => {
  const odd = dataset([published(2), published(1)], { fileName: 'odd@v1' })
  const options = { manifest: manifest(odd, dataset(history)) }
  assert.equal(
    [choose('odd@v1', options).dataset, choose('odd@v1', options).version],
    ['odd@v1', 'v2'],
  )
  assert.is(choose('odd@v1@v1', options).version, 'v1')
})

test.run()
