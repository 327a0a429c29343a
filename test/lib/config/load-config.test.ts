import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadConfig, type LoadedConfig } from '../../../lib/config/load-config.ts'
import { type DmError, isDmError } from '../../../lib/errors/dm-error.ts'
import { writeFiles } from '../../helpers/files.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

const test = suite('loadConfig')

async function load(
  files: Record<string, string>,
  options: { file?: string; env?: Record<string, string> } = {},
): Promise<LoadedConfig> {
  const { folder, remove } = await temporaryFolder()
  try {
    await writeFiles(folder, files)
    const file = options.file === undefined ? undefined : path.join(folder, options.file)
    return await loadConfig(folder, { file, env: options.env ?? {} })
  } finally {
    await remove()
  }
}

async function failure(
  files: Record<string, string>,
  options: { file?: string } = {},
): Promise<DmError> {
  try {
    await load(files, options)
  } catch (error) {
    if (isDmError(error)) return error
    throw error
  }
  throw new Error('the config was accepted')
}

const ts = (text: string): Record<string, string> => ({ 'datamanager.config.ts': text })

test('without a config everything has a default', async () => {
  const { config, source } = await load({})
  assert.is(source, null)
  assert.is(config.storage, null)
  assert.equal(Object.keys(config.buckets), ['staging', 'production', 'internal'])
  assert.is(config.manifest, 'manifest.json')
  assert.equal(config.git, { remote: 'origin', base: 'main' })
})

test('every kind of file is read', async () => {
  const json = '{ "git": { "base": "trunk" } }'
  const files = {
    'datamanager.config.ts': `export default { git: { base: 'trunk' as string } }`,
    'datamanager.config.js': `export default { git: { base: 'trunk' } }`,
    'datamanager.config.mjs': `export default { git: { base: 'trunk' } }`,
    'datamanager.config.json': json,
    '.datamanagerrc': 'git:\n  base: trunk\n',
    'package.json': `{ "name": "x", "datamanager": ${json} }`,
  }
  for (const [name, text] of Object.entries(files)) {
    const { config, source } = await load({ 'package.json': '{"type":"module"}', [name]: text })
    assert.is(config.git.base, 'trunk', name)
    assert.is(source, name)
  }
})

test('a config imports the package although it is not installed there', async () => {
  const { config } = await load(
    ts(`import { defineConfig, r2 } from '@openenergyoutlook/datamanager'
        export default defineConfig({ storage: r2({ accountId: 'abc' }) })`),
  )
  assert.equal(config.storage, {
    type: 's3',
    endpoint: 'https://abc.r2.cloudflarestorage.com',
    region: 'auto',
  })
})

test('a config can be a function of the environment', async () => {
  const { config } = await load(
    ts(
      `export default ({ env }) => ({ buckets: { staging: { name: env.R2_STAGING_BUCKET }, production: {} } })`,
    ),
    { env: { R2_STAGING_BUCKET: 'my-staging' } },
  )
  assert.is(config.buckets['staging']?.name, 'my-staging')
})

test('all problems are told at once, each with its path and fix', async () => {
  const error = await failure(
    ts(`export default {
      storge: {},
      storage: { type: 's3', endpont: 'https://x' },
      buckets: { staging: { nam: 'a' }, production: { name: 'UPPER' } },
      git: { base: 7 },
      fields: { version: {}, f: { pattern: '(' } },
      pipelines: { prepare: 'no' },
    }`),
  )
  assert.is(error.code, 'DM_CONFIG_INVALID')
  assert.is(error.exit, 2)
  for (const part of [
    /storge is not a key that dm knows\. Did you mean 'storage'\?/,
    /storage\.endpont is not a key that dm knows\. Did you mean 'endpoint'\?/,
    /buckets\.staging\.nam is not a key that dm knows\. Did you mean 'name'\?/,
    /buckets\.production\.name must be 3 to 63 lower-case/,
    /git\.base must be a string, not number/,
    /fields\.f\.pattern must be a regular expression/,
    /pipelines\.prepare must be a function/,
  ]) {
    assert.match(error.message, part)
  }
})

test('rules across keys are checked', async () => {
  const cases: [string, RegExp][] = [
    [
      `{ staging: 'stage' }`,
      /staging names the bucket 'stage', which 'buckets' does not have\. Add 'stage'/,
    ],
    [`{ defaultBucket: 'staging' }`, /defaultBucket is the staging bucket/],
    [
      `{ buckets: { staging: { name: 'same' }, production: { name: 'same' } } }`,
      /the same real bucket as 'staging'/,
    ],
    [`{ fields: { sha256: {} } }`, /fields\.sha256 is a field that the manifest itself uses/],
    [`{ manifest: 'diffs/manifest.json' }`, /diffs is 'diffs', where the manifest/],
    [`{ manifest: '../manifest.json' }`, /manifest must be a path inside the data repository/],
    [
      `{ buckets: { staging: {}, production: { url: 'http://example.org/' } } }`,
      /url must begin with https/,
    ],
    [
      `{ storage: { type: 'ftp' } }`,
      /storage\.type is not a known kind of storage\. Set it to 's3' or 'folder'/,
    ],
  ]
  for (const [config, expected] of cases) {
    assert.match((await failure(ts(`export default ${config}`))).message, expected)
  }
})

test('a key written where the name of a variable belongs is refused and not repeated', async () => {
  const error = await failure(
    ts(`export default { buckets: { production: {}, staging: { credentials: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE/x', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' } } } }`),
  )
  assert.match(
    error.message,
    /staging\.credentials\.secretAccessKey must be the name of an environment variable/,
  )
  assert.not.match(error.message, /wJalrXUtnFEMI/)
})

test('a config that throws is named with its reason', async () => {
  const error = await failure(ts(`throw new Error('no such thing')`))
  assert.is(error.code, 'DM_CONFIG_THROWS')
  assert.match(error.message, /datamanager\.config\.ts cannot be loaded: no such thing/)
})

test('a config that throws ENOENT is not taken for a missing one', async () => {
  const error = await failure(
    ts(
      `import { readFileSync } from 'node:fs'\nreadFileSync('/nowhere/at/all')\nexport default {}`,
    ),
  )
  assert.is(error.code, 'DM_CONFIG_THROWS')
})

test('a config with a syntax error, or broken JSON, is named', async () => {
  assert.is((await failure(ts(`export default {`))).code, 'DM_CONFIG_THROWS')
  assert.is((await failure({ 'datamanager.config.json': '{ "git": ' })).code, 'DM_CONFIG_THROWS')
})

test('a config without default export is refused', async () => {
  for (const text of [`export const config = {}`, `export default undefined`, ``]) {
    assert.is((await failure(ts(text))).code, 'DM_CONFIG_NO_EXPORT', text)
  }
})

test('a function that throws is named', async () => {
  const error = await failure(ts(`export default () => { throw new Error('needs R2_ACCOUNT_ID') }`))
  assert.match(error.message, /needs R2_ACCOUNT_ID/)
})

test('--config with a missing file is an error', async () => {
  const error = await failure({}, { file: 'other.config.ts' })
  assert.is(error.code, 'DM_CONFIG_MISSING')
  assert.is((await failure({}, { file: 'other.json' })).code, 'DM_CONFIG_MISSING')
})

test('a package.json that is broken is named, not taken for a defect of ours', async () => {
  const error = await failure({ 'package.json': '{ "name": "x",' })
  assert.is(error.code, 'DM_CONFIG_THROWS')
  assert.match(error.message, 'package.json')
})

test.run()
