import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseManifest } from '../../../lib/manifest/parse-manifest.ts'
import type { Manifest } from '../../../lib/manifest/types.ts'
import { finalize } from '../../../lib/publication/finalize.ts'
import type { Publication } from '../../../lib/publication/publication.ts'

const test = suite('finalize')
const hash = 'a'.repeat(64)

const entry = {
  version: 'v1',
  timestamp: '2026-01-02T03:04:05.678Z',
  sha256: hash,
  r2_object_key: `m/v1-${hash}.sqlite`,
  staging_key: `staging-uploads/${hash}.sqlite`,
  commit: 'pending-merge',
  description: 'pending-merge',
}

const publication: Publication = {
  kind: 'upload',
  dataset: 'm.sqlite',
  version: 'v1',
  bucket: 'production',
  key: entry.r2_object_key,
  sha256: hash,
  bytes: null,
  base: null,
  isThere: false,
  stagingKey: entry.staging_key,
  commit: 'abcdef1',
  description: 'New data',
}

function baseOf(dataset: object): Manifest {
  const text = JSON.stringify([{ fileName: 'm.sqlite', ...dataset }])
  return parseManifest(text, { source: 'manifest.json' })
}

test('publishes what is still pending as it was planned', () => {
  const { published, manifest } = finalize(baseOf({ history: [entry] }), [publication], [])
  assert.equal(published, [publication])
  assert.is(manifest.datasets[0]?.history[0]?.commit, 'abcdef1')
})

test('leaves out what the base has changed since it was planned', () => {
  const other = 'b'.repeat(64)
  const changed: object[] = [
    { bucket: 'internal', history: [entry] },
    { status: 'pending-deletion', history: [entry] },
    { history: [{ ...entry, status: 'pending-deletion' }] },
    { history: [{ ...entry, commit: 'fedcba9' }] },
    { history: [{ ...entry, bytes: 7 }] },
    { history: [{ ...entry, staging_key: `staging-uploads/0123abcd/${hash}.sqlite` }] },
    // A rollback now.
    { history: [{ ...entry, staging_key: undefined }] },
    // Gone, alone or with its dataset.
    { history: [{ ...entry, version: 'v2' }] },
    { fileName: 'other.sqlite', history: [entry] },
    // Other bytes under the same key, as only a rollback of a strange one could say.
    {
      history: [
        { ...entry, staging_key: undefined, r2_object_key: `m/${hash}/${other}`, sha256: other },
      ],
    },
    { history: [{ ...entry, r2_object_key: `other/v1-${hash}.sqlite` }] },
    {
      history: [
        {
          ...entry,
          sha256: other,
          r2_object_key: `m/v1-${other}.sqlite`,
          staging_key: `staging-uploads/${other}.sqlite`,
        },
      ],
    },
  ]
  for (const dataset of changed) {
    const base = baseOf(dataset)
    const { published, manifest } = finalize(base, [publication], [])
    assert.equal(published, [], JSON.stringify(dataset))
    assert.is(manifest, base)
  }
})

test('a rollback is published as it was planned', () => {
  const { staging_key: _none, ...restored } = entry
  const back = { ...publication, kind: 'rollback', stagingKey: null } as const
  assert.equal(finalize(baseOf({ history: [restored] }), [back], []).published, [back])
  const other = 'b'.repeat(64)
  const key = `${hash}/v1-${other}`
  const strange = { ...restored, sha256: other, r2_object_key: key }
  assert.equal(finalize(baseOf({ history: [strange] }), [{ ...back, key }], []).published, [])
  const upload = finalize(baseOf({ history: [entry] }), [back], [])
  assert.equal(upload.published, [])
})

test('leaves out deletions of what the base has changed since they were planned', () => {
  const done = { ...entry, commit: 'abcdef1', status: 'pending-deletion' }
  const { version, r2_object_key: key } = entry
  const deletion = { dataset: 'm.sqlite', version, bucket: 'production', key }
  const { deleted, manifest } = finalize(baseOf({ history: [done] }), [], [deletion])
  assert.equal([deleted, manifest.datasets], [[deletion], []])
  const second = { ...done, version: 'v2', status: undefined }
  const one = finalize(baseOf({ history: [second, done] }), [], [deletion])
  assert.equal(one.deleted, [deletion])
  const whole = baseOf({ status: 'pending-deletion', history: [done] })
  assert.equal(finalize(whole, [], [deletion]).deleted, [deletion])
  const changed: object[] = [
    { history: [{ ...done, status: undefined }] },
    { history: [{ ...done, version: 'v2' }] },
    { history: [{ ...done, r2_object_key: `other/v1-${hash}.sqlite` }] },
    { bucket: 'internal', history: [done] },
    { fileName: 'other.sqlite', history: [done] },
    // All of it is marked now, and nobody has planned that of v2.
    { status: 'pending-deletion', history: [{ ...done, version: 'v2' }, done] },
  ]
  for (const dataset of changed) {
    const base = baseOf(dataset)
    const left = finalize(base, [], [deletion, { ...deletion, dataset: 'n.sqlite', version: 'v2' }])
    assert.equal(left.deleted, [], JSON.stringify(dataset))
    assert.is(left.manifest, base)
  }
})

test('deletes a dataset only with all of its versions planned', () => {
  const second = { ...entry, version: 'v2', commit: 'abcdef2' }
  const first = { ...entry, commit: 'abcdef1' }
  const base = baseOf({ status: 'pending-deletion', history: [second, first] })
  const of = (version: string): Parameters<typeof finalize>[2][number] => ({
    dataset: 'm.sqlite',
    version,
    bucket: 'production',
    key: entry.r2_object_key,
  })
  assert.equal(finalize(base, [], [of('v1')]).deleted, [])
  const all = finalize(base, [], [of('v1'), of('v2')])
  assert.is(all.deleted.length, 2)
  assert.equal(all.manifest.datasets, [])
})

test.run()
