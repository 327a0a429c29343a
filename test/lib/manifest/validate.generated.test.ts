import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { reservedFields } from '../../../lib/manifest/create-entry.ts'
import { buildManifestValidator, validatorFile } from '../../../scripts/build-manifest-validator.ts'

const test = suite('lib/manifest/validate.generated')

test('the validator is what the schema gives now: else run scripts/build-manifest-validator.ts', async () => {
  assert.is(await readFile(validatorFile, 'utf8'), await buildManifestValidator())
})

test('no free field can take the name of a field of the schema', async () => {
  const file = new URL('../../../lib/manifest/manifest.schema.json', import.meta.url)
  const schema = JSON.parse(await readFile(file, 'utf8')) as {
    $defs: { version: { properties: object } }
  }
  assert.equal(Object.keys(schema.$defs.version.properties), [...reservedFields])
})

test.run()
