import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkProposal } from '../../../lib/manifest/check-proposal.ts'
import type { Dataset, VersionEntry } from '../../../lib/manifest/types.ts'
import { dataset, manifest, published, rollback, upload } from './samples.ts'

const test = suite('lib/manifest/check-proposal')

const status = 'pending-deletion'

/** The problems of a proposal, `version code` each; `-` stands for the dataset as a whole. */
function codes(before: readonly Dataset[], after: readonly Dataset[]): string[] {
  const problems = checkProposal(manifest(...before), manifest(...after))
  return problems.map(({ version, code }) => `${version ?? '-'} ${code}`)
}

/** The same for changes of the history of `model.sqlite`. */
function ofHistory(before: readonly VersionEntry[], after: readonly VersionEntry[]): string[] {
  return codes([dataset(before)], [dataset(after)])
}

test('what may be proposed gives no problem', () => {
  const old = [published(2), published(1)]
  const cases: Record<string, [VersionEntry[], VersionEntry[]]> = {
    nothing: [old, old],
    'an upload': [old, [upload(3), ...old]],
    'a rollback': [old, [rollback(3, published(1)), ...old]],
    'a mark': [old, [published(2), published(1, { status })]],
    'a mark that is taken back': [[published(2, { status })], [published(2)]],
    'a pending entry that is withdrawn': [[upload(3), ...old], old],
    'a pending entry that is revised': [[upload(3)], [upload(3, { description: 'New' })]],
    'another order': [old, old.toReversed()],
  }
  for (const [name, [before, after]] of Object.entries(cases)) {
    assert.equal(ofHistory(before, after), [], name)
  }
})

test('datasets may be added, marked, and corrected in what names no data', () => {
  const model = dataset([published(1)], { latestVersion: 'v1' })
  assert.equal(codes([], [dataset([upload(1)])]), [])
  assert.equal(codes([model], [{ ...model, status }]), [])
  assert.equal(codes([{ ...model, status }], [model]), [])
  assert.equal(codes([model], [{ ...model, latestVersion: 'v9', note: 'x' }]), [])
  assert.equal(codes([model], [{ ...model, bucket: 'production' }]), [])
  assert.equal(codes([dataset([upload(1)])], []), [])
})

test('no field of a published entry changes', () => {
  const fields: Partial<VersionEntry>[] = [
    { timestamp: '2026-01-02T03:04:06Z' },
    { sha256: published(2).sha256 },
    { bytes: 5 },
    { r2_object_key: 'elsewhere/x.sqlite' },
    { staging_key: `staging-uploads/${published(1).sha256}.sqlite` },
    { diffFromPrevious: 'diffs/x.diff' },
    { commit: '1234567' },
    { description: 'Better' },
    { temoaRepoHash: 'abcd' },
  ]
  for (const change of fields) {
    const after = [published(1, change)]
    assert.equal(
      ofHistory([published(1)], after),
      ['v1 DM_CHANGE_PUBLISHED'],
      JSON.stringify(change),
    )
  }
  const note = published(1, { note: 'x' })
  assert.equal(ofHistory([note], [published(1)]), ['v1 DM_CHANGE_PUBLISHED'])
})

test('an edit does not become legal by a mark beside it', () => {
  const after = [published(1, { status, description: 'Other' })]
  const [problem] = checkProposal(manifest(dataset([published(1)])), manifest(dataset(after)))
  assert.is(problem?.code, 'DM_CHANGE_PUBLISHED')
  assert.match(problem?.message ?? '', /differs: description$/)
})

test('a published entry does not become pending again', () => {
  const after = [published(1, { commit: 'pending-merge' })]
  assert.equal(ofHistory([published(1)], after), ['v1 DM_CHANGE_PUBLISHED'])
})

test('a name of a field that would steer a terminal is told in escapes', () => {
  const field = 'a\n::error::\u001b[2J\u009b2J\u202e'
  const after = [published(1, { [field]: 1 })]
  const [problem] = checkProposal(manifest(dataset([published(1)])), manifest(dataset(after)))
  assert.match(problem?.message ?? '', /differs: "a\\n::error::\\u001b\[2J\\u\{9b\}2J\\u\{202e\}"$/)
})

test('a published entry does not vanish, alone or with its dataset', () => {
  assert.equal(ofHistory([published(2), published(1)], [published(2)]), ['v1 DM_CHANGE_REMOVED'])
  assert.equal(ofHistory([published(1, { status })], []), ['v1 DM_CHANGE_REMOVED'])
  const gone = codes([dataset([upload(2), published(1)])], [])
  assert.equal(gone, ['v1 DM_CHANGE_REMOVED'])
})

test('a new name for a dataset is a removal of the old one', () => {
  const renamed = dataset([published(1)], { fileName: 'renamed.sqlite' })
  assert.equal(codes([dataset([published(1)])], [renamed]), [
    'v1 DM_CHANGE_SELF_PUBLISHED',
    'v1 DM_CHANGE_REMOVED',
  ])
})

test('a dataset stays in its bucket', () => {
  const internal = dataset([published(1)], { bucket: 'internal' })
  assert.equal(codes([dataset([published(1)])], [internal]), ['- DM_CHANGE_BUCKET'])
  assert.equal(codes([internal], [dataset([published(1)])]), ['- DM_CHANGE_BUCKET'])
})

test('only a publication finalizes a version', () => {
  assert.equal(ofHistory([], [published(1)]), ['v1 DM_CHANGE_SELF_PUBLISHED'])
  assert.equal(codes([], [dataset([published(1)])]), ['v1 DM_CHANGE_SELF_PUBLISHED'])
  assert.equal(ofHistory([upload(1)], [published(1)]), ['v1 DM_CHANGE_SELF_PUBLISHED'])
  const edited = published(1, { bytes: 7 })
  assert.equal(ofHistory([upload(1)], [edited]), ['v1 DM_CHANGE_SELF_PUBLISHED'])
})

test('every problem is told at once', () => {
  const before = dataset([published(3), published(2), published(1)])
  const after = dataset([published(4), published(3, { description: 'x' }), published(1)], {
    bucket: 'internal',
  })
  assert.equal(codes([before], [after]), [
    '- DM_CHANGE_BUCKET',
    'v4 DM_CHANGE_SELF_PUBLISHED',
    'v3 DM_CHANGE_PUBLISHED',
    'v2 DM_CHANGE_REMOVED',
  ])
})

test.run()
