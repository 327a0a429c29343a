import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Reference } from '../../../lib/base/references.ts'
import type { Change } from '../../../lib/change/change.ts'
import { planDeletion, seenOf, verifyConfirmed } from '../../../lib/change/deletion.ts'
import { freedText } from '../../../lib/change/going-lines.ts'
import { planWithdrawal } from '../../../lib/change/withdrawal.ts'
import { planRollback } from '../../../lib/change/rollback.ts'
import { planUpload } from '../../../lib/change/upload.ts'
import type { Manifest, VersionEntry } from '../../../lib/manifest/types.ts'
import { failure } from '../../helpers/failure.ts'
import {
  dataset,
  manifest,
  published,
  rollback,
  sha,
  upload,
  written,
} from '../manifest/samples.ts'

const test = suite('lib/change')

const date = new Date('2026-01-02T03:04:05.678Z')
const status = 'pending-deletion'
const target = { dataset: 'model.sqlite', bucket: 'production', version: 'v2', fields: {} }
const database = { sha256: sha(2), bytes: 4096 }
const repository = 'owner/name'

const uploadTo = (before: Manifest, more: object = {}): ReturnType<typeof planUpload> =>
  planUpload({
    manifest: before,
    target,
    database,
    form: { form: 'whole' },
    repository,
    date,
    message: 'New data',
    disclose: false,
    isPublic: (bucket) => bucket === 'production',
    ...more,
  })

/** The change, applied; applied again, it changes nothing. */
function applied(change: Change, before: Manifest): ReturnType<typeof written> {
  const once = change.edit(before)
  assert.equal(written(change.edit(once)), written(once))
  return written(once)
}

const historyOf = (datasets: ReturnType<typeof written>): readonly VersionEntry[] =>
  datasets[0]?.history ?? []

test('an upload puts a pending entry on top, with the keys of its bytes', () => {
  const before = manifest(dataset([published(1)]))
  const change = uploadTo(before)
  const [added, ...others] = historyOf(applied(change, before))
  assert.equal(others, [published(1)])
  assert.is(added?.commit, 'pending-merge')
  assert.is(added?.r2_object_key, `model/v2-${sha(2)}.sqlite`)
  assert.match(added?.staging_key ?? '', new RegExp(`^staging-uploads/[0-9a-f]{8}/${sha(2)}`))
  assert.equal([added?.bytes, added?.description], [4096, 'New data'])
  assert.equal([change.slug, change.digits], ['v2', sha(2).slice(0, 8)])
  assert.is(change.subject, 'Add model.sqlite v2')
  assert.is(change.dataset, 'model.sqlite')
  assert.is(added?.timestamp, date.toISOString())
  assert.is(added?.diffFromPrevious, null)
  assert.equal(added, change.entry)
  const fields = { owner: 'Ada' }
  const noted = uploadTo(before, { message: undefined, target: { ...target, fields } }).entry
  assert.equal([noted['owner'], noted.description], ['Ada', 'pending-merge'])
  // In another folder, where its predecessor is.
  const elsewhere = manifest(dataset([published(1, { r2_object_key: 'x/v1' })]))
  assert.is(uploadTo(elsewhere).entry.r2_object_key, `x/v2-${sha(2)}.sqlite`)
})

test('bytes of a private dataset become public only where that is said', async () => {
  const secret = dataset([upload(2)], { fileName: 'secret.sqlite', bucket: 'internal' })
  const before = manifest(dataset([published(1)]), secret)
  const error = await failure('DM_DISCLOSURE_UNCONFIRMED', () => uploadTo(before))
  assert.equal(error.context, {
    dataset: 'model.sqlite',
    bucket: 'production',
    private: 'secret.sqlite',
  })
  assert.is(uploadTo(before, { disclose: true }).entry.disclose, true)
  // Not said where there is nothing to disclose.
  assert.is(uploadTo(manifest(), { disclose: true }).entry.disclose, undefined)
  const hidden = { ...target, bucket: 'internal' }
  assert.is(uploadTo(before, { target: hidden }).entry.disclose, undefined)
})

const rollTo = (
  before: Manifest,
  to?: string,
  more: object = {},
): ReturnType<typeof planRollback> =>
  planRollback({
    manifest: before,
    name: 'model.sqlite',
    to,
    retired: () => 0,
    date,
    message: undefined,
    disclose: false,
    buckets: ['production', 'internal'],
    isPublic: (bucket) => bucket === 'production',
    ...more,
  })

test('a rollback names the object of the version that it restores', () => {
  const before = manifest(dataset([published(2), published(1, { bytes: 7, owner: 'Ada' })]))
  const change = rollTo(before, 'v1')
  const [added] = historyOf(applied(change, before))
  const { sha256, r2_object_key: key } = published(1)
  assert.equal([added?.sha256, added?.r2_object_key, added?.bytes], [sha256, key, 7])
  assert.equal([added?.version, added?.staging_key], ['v3', undefined])
  assert.is(added?.description, 'Back to v1')
  // What is known of the bytes.
  assert.is(added?.['owner'], 'Ada')
  assert.equal([change.slug, change.digits], ['rollback', sha256.slice(0, 8)])
  assert.equal([change.dataset, change.subject], ['model.sqlite', 'Roll model.sqlite back to v1'])
  assert.is(added?.diffFromPrevious, null)
  assert.equal([change.restores, change.existing, change.target.bucket], ['v1', null, 'production'])
  const worded = rollTo(before, 'v1', { message: 'Costs were wrong' })
  assert.is(historyOf(applied(worded, before))[0]?.description, 'Costs were wrong')
  // A number that was given up is not given again.
  assert.is(rollTo(before, 'v1', { retired: () => 7 }).entry.version, 'v8')
  // The version in the name, and an entry of an old manifest, without a size.
  const named = rollTo(before, undefined, { name: 'model.sqlite@v2' })
  assert.equal([named.restores, 'bytes' in named.entry], ['v2', false])
  // Nothing to be done, published or pending.
  assert.is(named.existing?.version, 'v2')
  const again = manifest(dataset([rollback(3, published(1)), published(2), published(1)]))
  assert.is(rollTo(again, 'v1').existing?.version, 'v3')
  // What came after it may not stay.
  const marked = manifest(dataset([published(2, { status }), published(1)]))
  assert.is(rollTo(marked, 'v1').existing, null)
  const latest = rollTo(marked, 'latest')
  assert.is(latest.restores, 'v1')
})

test('a rollback goes to what is published and stays', async () => {
  const history = [upload(4), published(3), published(2, { status }), published(1)]
  const before = manifest(dataset(history))
  const known = ['v3', 'v1']
  for (const [to, state] of [
    ['v4', 'pending'],
    ['v2', 'marked'],
  ] as const) {
    const error = await failure('DM_ROLLBACK_TARGET', () => rollTo(before, to))
    assert.equal(error.context, { dataset: 'model.sqlite', version: to, state, known })
    assert.match(error.hint, 'v3, v1')
  }
  const gone = await failure('DM_UNKNOWN_VERSION', () => rollTo(before, 'v9'))
  assert.equal(gone.context.known, known)
  assert.match((await failure('DM_USAGE', () => rollTo(before))).hint, 'v3, v1')
  const nothing = manifest(dataset([upload(1)]))
  assert.match((await failure('DM_USAGE', () => rollTo(nothing))).hint, 'no version is published')
  assert.match(
    (await failure('DM_ROLLBACK_TARGET', () => rollTo(nothing, 'v1'))).hint,
    'no version',
  )
  const whole = manifest(dataset([published(1)], { status }))
  await failure('DM_DATASET_MARKED', () => rollTo(whole, 'v1'))
  await failure('DM_BUCKET_GONE', () => rollTo(before, 'v1', { buckets: ['internal'] }))
  await failure('DM_UNKNOWN_DATASET', () => rollTo(manifest(), 'v1'))
})

test('a rollback to bytes of a private dataset is for everybody only where that is said', async () => {
  const secret = dataset([published(1)], { fileName: 'secret.sqlite', bucket: 'internal' })
  const before = manifest(dataset([published(2), published(1)]), secret)
  await failure('DM_DISCLOSURE_UNCONFIRMED', () => rollTo(before, 'v1'))
  assert.is(rollTo(before, 'v1', { disclose: true }).entry.disclose, true)
  assert.is(rollTo(manifest(dataset([published(2), published(1)])), 'v1').entry.disclose, undefined)
})

test('what a branch has no dataset for goes into its bucket', () => {
  const inside = { ...target, bucket: 'internal' }
  const inBucket = manifest(dataset([published(1)], { bucket: 'internal' }))
  for (const change of [uploadTo(inBucket, { target: inside }), rollTo(inBucket, 'v1')]) {
    assert.is(applied(change, manifest())[0]?.bucket, 'internal')
  }
})

const deletionOf = (
  before: Manifest,
  name: string,
  by: readonly Reference[] = [],
): ReturnType<typeof planDeletion> => planDeletion({ manifest: before, name, find: () => by })

test('a mark is set on a version or a dataset, and taken back', () => {
  const before = manifest(dataset([published(2), published(1)]))
  const marked = deletionOf(before, 'model.sqlite@v1')
  const whole = deletionOf(before, 'model.sqlite')
  assert.equal(
    historyOf(applied(marked, before)).map((entry) => entry.status),
    [undefined, status],
  )
  assert.is(applied(whole, before)[0]?.status, status)
  for (const deletion of [marked, whole]) {
    const after = deletion.edit(before)
    const withdrawal = planWithdrawal({ item: deletion.item, kind: 'deletion' })
    assert.equal(applied(withdrawal, after), written(before))
    assert.is(withdrawal.slug, 'withdraw')
    assert.is(withdrawal.digits, deletion.digits)
    // Once is enough.
    assert.equal(deletionOf(after, deletion.named).versions, [])
  }
  assert.is(marked.slug, 'delete')
  assert.is.not(marked.digits, whole.digits)
  assert.equal([whole.subject, marked.subject], ['Delete model.sqlite', 'Delete model.sqlite@v1'])
  assert.match(marked.digits, /^[0-9a-f]{8}$/)
  assert.is(marked.dataset, 'model.sqlite')
  assert.equal([marked.isWhole, whole.isWhole], [false, true])
  assert.equal(
    whole.versions.map(({ version }) => version),
    ['v2', 'v1'],
  )
  // Of a whole dataset that is marked, no version need be.
  assert.equal(deletionOf(whole.edit(before), 'model.sqlite@v1').versions, [])
  // The latest is a version, never the dataset.
  const latest = deletionOf(before, 'model.sqlite@latest')
  assert.equal([latest.named, latest.item.version], ['model.sqlite@v2', 'v2'])
})

test('what is pending goes with its dataset, and is not deleted by itself', async () => {
  const before = manifest(
    dataset([upload(4), rollback(3, published(1)), published(2), published(1)]),
  )
  const whole = deletionOf(before, 'model.sqlite')
  assert.equal(whole.withdrawn, ['v4', 'v3'])
  const [left] = applied(whole, before)
  assert.equal([left?.status, left?.history], [status, [published(2), published(1)]])
  // Nothing that goes as well keeps the bytes.
  assert.equal(
    whole.versions.map(({ stays }) => stays),
    [false, false],
  )
  // What has come meanwhile, or was published, is not taken back.
  const later = manifest(dataset([published(4), published(2), published(1)]))
  assert.is(written(whole.edit(later))[0]?.history.length, 3)
  for (const name of ['model.sqlite@v4', 'model.sqlite@v3']) {
    const error = await failure('DM_DELETION_PENDING', () => deletionOf(before, name))
    assert.match(error.hint, `dm withdraw ${name}`)
  }
  const nothing = manifest(dataset([upload(1)]))
  await failure('DM_DELETION_PENDING', () => deletionOf(nothing, 'model.sqlite'))
  await failure('DM_NO_PUBLISHED_VERSION', () => deletionOf(nothing, 'model.sqlite@latest'))
  // What a pending rollback needs stays, unless another one has the same bytes.
  const error = await failure('DM_DELETION_NEEDED', () => deletionOf(before, 'model.sqlite@v1'))
  assert.is(error.context.by, 'v3')
  const twice = manifest(
    dataset([
      rollback(3, published(1)),
      { ...rollback(2, published(1)), commit: 'abcdef2' },
      published(1),
    ]),
  )
  assert.is(deletionOf(twice, 'model.sqlite@v1').versions[0]?.stays, true)
  await failure('DM_UNKNOWN_VERSION', () => deletionOf(before, 'model.sqlite@v9'))
  await failure('DM_UNKNOWN_DATASET', () => deletionOf(before, 'other.sqlite'))
})

test('how much goes is not told as nothing where old entries do not say', () => {
  const frees = (...history: VersionEntry[]): string =>
    freedText(deletionOf(manifest(dataset(history)), 'model.sqlite').versions)
  const sized = published(2, { bytes: 2048 })
  assert.is(frees(sized), '2.0 KiB')
  assert.is(frees(published(1)), 'an unknown amount')
  assert.is(frees(sized, published(1)), 'at least 2.0 KiB')
  const twice = { ...rollback(3, sized, { bytes: 2048 }), commit: 'abcdef2' }
  assert.is(frees(twice, sized), '2.0 KiB')
})

test('what goes must be named exactly, as it was shown', async () => {
  const before = manifest(dataset([published(2, { bytes: 2048 }), published(1)]))
  const whole = deletionOf(before, 'model.sqlite')
  const one = deletionOf(before, 'model.sqlite@v2')
  verifyConfirmed(whole, 'model.sqlite', undefined)
  verifyConfirmed(one, 'model.sqlite@v2', seenOf(one))
  for (const [deletion, given] of [
    [whole, undefined],
    [whole, ''],
    [whole, 'model.sqlite@v2'],
    [whole, 'Model.sqlite'],
    [one, 'model.sqlite'],
    [one, 'model.sqlite@latest'],
  ] as const) {
    const error = await failure('DM_DELETION_UNCONFIRMED', () =>
      verifyConfirmed(deletion, given, undefined),
    )
    assert.match(error.hint, `--confirm ${deletion.named}`)
    assert.match(error.message, 'v2')
  }
  // Another version, and somebody else who names the bytes now.
  const more = deletionOf(
    manifest(dataset([published(3), published(2), published(1)])),
    'model.sqlite',
  )
  const named = deletionOf(before, 'model.sqlite', [{ by: "the branch 'x'", isOutside: false }])
  for (const now of [more, named]) {
    await failure('DM_DELETION_MOVED', () => verifyConfirmed(now, 'model.sqlite', seenOf(whole)))
  }
})

test('a withdrawal takes a pending entry back, and nothing that is published', async () => {
  const before = manifest(dataset([upload(2, { status }), published(1)]))
  const item = { dataset: 'model.sqlite', version: 'v2' }
  const withdrawal = planWithdrawal({ item, kind: 'upload' })
  const later = manifest(dataset([published(2), published(1)]))
  assert.equal(historyOf(applied(withdrawal, before)), [published(1)])
  assert.equal(
    [withdrawal.dataset, withdrawal.subject, withdrawal.digits],
    ['model.sqlite', 'Withdraw model.sqlite@v2', deletionOf(later, 'model.sqlite@v2').digits],
  )
  // Where it has become published meanwhile, it is not withdrawn.
  await failure('DM_MANIFEST_ENTRY_PUBLISHED', () => withdrawal.edit(later))
  // A mark that is taken back already.
  const free = manifest(dataset([published(1)]))
  const mark = { dataset: 'model.sqlite', version: 'v1' }
  assert.is(planWithdrawal({ item: mark, kind: 'deletion' }).edit(free), free)
})

test.run()
