import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEntry, reservedFields } from '../../../lib/manifest/create-entry.ts'
import { failure } from '../../helpers/failure.ts'
import { sha } from './samples.ts'

const test = suite('lib/manifest/create-entry')

const given = {
  version: 'v2',
  timestamp: new Date('2026-01-02T03:04:05Z'),
  sha256: sha(2),
  key: `model/v2-${sha(2)}.sqlite`,
  diffFromPrevious: 'diffs/model.sqlite/diff-v1-to-v2.diff',
}

test('an upload is pending, its fields in the order of the format', () => {
  const entry = createEntry({
    ...given,
    bytes: 4096,
    stagingKey: `staging-uploads/${sha(2)}.sqlite`,
    description: 'New costs',
    fields: { temoaRepoHash: 'abcd' },
  })
  assert.equal(Object.entries(entry), [
    ['version', 'v2'],
    ['timestamp', '2026-01-02T03:04:05.000Z'],
    ['sha256', sha(2)],
    ['bytes', 4096],
    ['r2_object_key', `model/v2-${sha(2)}.sqlite`],
    ['staging_key', `staging-uploads/${sha(2)}.sqlite`],
    ['diffFromPrevious', 'diffs/model.sqlite/diff-v1-to-v2.diff'],
    ['commit', 'pending-merge'],
    ['temoaRepoHash', 'abcd'],
    ['description', 'New costs'],
  ])
})

test('a rollback has no staging key; without a text the publication writes the description', () => {
  const entry = createEntry(given)
  assert.not.ok('staging_key' in entry)
  assert.not.ok('bytes' in entry)
  assert.is(entry.description, 'pending-merge')
})

test('only where bytes are meant to become public, it says so', () => {
  assert.is(createEntry({ ...given, disclose: true }).disclose, true)
  for (const disclose of [false, undefined]) {
    assert.not.ok('disclose' in createEntry({ ...given, disclose }))
  }
})

test('a free field cannot take the name of a field of the format', async () => {
  for (const field of reservedFields) {
    const error = await failure('DM_MANIFEST_FIELD_RESERVED', () =>
      createEntry({ ...given, fields: { [field]: 'x' } }),
    )
    assert.is(error.context.field, field)
  }
})

test.run()
