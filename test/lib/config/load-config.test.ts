import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { mock } from 'node:test'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findConfig } from '../../../lib/config/find-data-repository.ts'
import { loadConfig } from '../../../lib/config/load-config.ts'
import type { ResolvedConfig } from '../../../lib/config/types.ts'
import type { ErrorCode } from '../../../lib/errors/definitions.ts'
import type { DmError } from '../../../lib/errors/dm-error.ts'
import { failure as failureOf } from '../../helpers/failure.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('loadConfig')

type Options = { file?: string; env?: Record<string, string> }

/** What the config among some files says. */
function load(
  files: Record<string, string>,
  { file, env = {} }: Options = {},
): Promise<ResolvedConfig> {
  return inFolder(async (root) => {
    await writeFiles(root, files)
    return loadConfig(file === undefined ? findConfig(root) : path.join(root, file), { root, env })
  })
}

function failure<Code extends ErrorCode>(
  code: Code,
  files: Record<string, string>,
  options: Options = {},
): Promise<DmError<Code>> {
  return failureOf(code, () => load(files, options))
}

const ts = (text: string): Record<string, string> => ({ 'datamanager.config.ts': text })

test('without a config everything has a default', async () => {
  const config = await load({})
  assert.is(config.storage, null)
  assert.equal(Object.keys(config.buckets), ['staging', 'production', 'internal'])
  assert.is(config.manifest, 'manifest.json')
  assert.equal(config.git, { remote: 'origin', base: 'main' })
})

const module = `const base: string = 'trunk'; export default { git: { base } }`
const plainModule = module.replace(': string', '')
const commonJs = `module.exports = { git: { base: 'trunk' } }`
const json = '{ "git": { "base": "trunk" } }'
const yaml = 'git:\n  base: trunk\n'
const kinds: Record<string, string> = {
  ts: module,
  mts: module,
  cts: `const base: string = 'trunk'; module.exports = { git: { base } }`,
  js: plainModule,
  mjs: plainModule,
  cjs: commonJs,
  json,
  yaml,
  yml: yaml,
}

test('every kind of file is read', async () => {
  const cases = [
    ...Object.entries(kinds).map(([ending, text]) => [`datamanager.config.${ending}`, text]),
    ...Object.entries(kinds).map(([ending, text]) => [`.datamanagerrc.${ending}`, text]),
    ['.datamanagerrc', yaml],
    ['.datamanagerrc', json],
  ] as const
  for (const [name = '', text = ''] of cases) {
    const config = await load({ 'package.json': '{"type":"module"}', [name]: text })
    assert.is(config.git.base, 'trunk', name)
  }
  assert.is((await load({ 'package.json': `{ "datamanager": ${json} }` })).git.base, 'trunk')
  assert.is((await load({ 'datamanager.config.js': commonJs })).git.base, 'trunk')
})

test('a kind of file that is not read is told, with those that are', async () => {
  for (const name of ['datamanager.config.toml', '.datamanagerrc.jsonc', '.datamanagerrc.json5']) {
    const error = await failure('DM_CONFIG_UNREADABLE', { [name]: '' })
    assert.match(error.message, name)
    assert.match(error.hint, '.yaml')
  }
  await failure('DM_CONFIG_UNREADABLE', { 'x.toml': '' }, { file: 'x.toml' })
})

const importing = `{ defineConfig, r2 }`
const own = '@openenergyoutlook/datamanager'
const using = `defineConfig({ storage: r2({ accountId: 'abc' }) })`

test('a config imports the package although it is not installed there', async () => {
  for (const files of [
    ts(`import ${importing} from '${own}'\nexport default ${using}`),
    {
      'datamanager.config.cjs': `const ${importing} = require('${own}')\nmodule.exports = ${using}`,
    },
  ]) {
    const config = await load(files)
    assert.equal(config.storage, {
      type: 's3',
      endpoint: 'https://abc.r2.cloudflarestorage.com',
      region: 'auto',
    })
  }
})

test('a config can be a function of the environment, and take its time', async () => {
  const env = { NAME: 'my-staging' }
  const config = '{ buckets: { staging: { name: env.NAME }, production: {} } }'
  for (const text of [
    `export default ({ env }) => (${config})`,
    `export default async ({ env }) => (${config})`,
    `export default function ({ env }) { return Promise.resolve(${config}) }`,
    `const env = { NAME: 'my-staging' }\nexport default Promise.resolve(${config})`,
  ]) {
    assert.is((await load(ts(text), { env })).buckets['staging']?.name, 'my-staging', text)
  }
})

test('what is no config is refused, never taken for an empty one', async () => {
  const cases: Record<string, RegExp> = {
    'new Map([["staging", "x"]])': /The config must be a plain object, not a Map/,
    'new (class Settings { staging = "x" })()': /must be a plain object, not a Settings/,
    'async () => new Map()': /must be a plain object, not a Map/,
    '() => (function* () {})()': /must be a plain object/,
    '[]': /must be an object, not array/,
    '"x"': /must be an object, not string/,
    'async () => ({ nonsense: 1 })': /nonsense is not a key that dm knows/,
    '{ git: new Map([["base", "trunk"]]) }': /git must be a plain object, not a Map/,
    '{ storage: Promise.resolve({}) }': /storage must be a plain object, not a Promise\. .*await/,
  }
  for (const [text, message] of Object.entries(cases)) {
    const error = await failure('DM_CONFIG_INVALID', ts(`export default ${text}`))
    assert.match(error.message, message)
  }
})

test('a config that gives nothing is refused', async () => {
  const nothing = [
    `export const config = {}`,
    `export default undefined`,
    `export default null`,
    `export default () => {}`,
    `export default async () => {}`,
    ``,
  ]
  for (const text of nothing) await failure('DM_CONFIG_NO_EXPORT', ts(text))
  for (const text of ['', ' ', 'null']) {
    await failure('DM_CONFIG_NO_EXPORT', { 'datamanager.config.json': text })
    await failure('DM_CONFIG_NO_EXPORT', { '.datamanagerrc': text })
  }
  await failure('DM_CONFIG_NO_EXPORT', { 'package.json': '{"datamanager":null}' })
  await failure('DM_CONFIG_NO_EXPORT', { 'package.json': '{}' }, { file: 'package.json' })
})

test('a config that never settles is given up after half a minute', async () => {
  for (const text of [
    'await new Promise(() => {}); export default {}',
    'export default () => new Promise(() => {})',
  ]) {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const waiting = failure('DM_CONFIG_UNSETTLED', ts(text))
      const state = { settled: false }
      void waiting.finally(() => (state.settled = true))
      // The files are made and the module is read in real time; only the clock runs faster.
      while (!state.settled) {
        await new Promise(setImmediate)
        mock.timers.tick(100)
      }
      assert.match((await waiting).message, 'was not loaded after 30 s')
    } finally {
      mock.timers.reset()
    }
  }
})

test('all problems are told at once, each with its path and fix', async () => {
  const error = await failure(
    'DM_CONFIG_INVALID',
    ts(`export default {
      storge: {},
      storage: { type: 's3', endpont: 'https://x' },
      buckets: { staging: { nam: 'a' }, production: { name: 'UPPER' } },
      git: { base: 7 },
      fields: { version: {}, f: { pattern: '(' } },
      pipelines: { prepare: 'no' },
    }`),
  )
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
    [`{ manifest: 'diffs/manifest.json' }`, /diffs is 'diffs', where 'diffs\/manifest.json'/],
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
    assert.match(
      (await failure('DM_CONFIG_INVALID', ts(`export default ${config}`))).message,
      expected,
    )
  }
})

test('a key written where the name of a variable belongs is refused and not repeated', async () => {
  const error = await failure(
    'DM_CONFIG_INVALID',
    ts(`export default { buckets: { production: {}, staging: { credentials: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE/x', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' } } } }`),
  )
  assert.match(
    error.message,
    /staging\.credentials\.secretAccessKey must be the name of an environment variable/,
  )
  assert.not.match(error.message, /wJalrXUtnFEMI/)
})

test('a config that throws is named, with its reason and the line', async () => {
  const cases: Record<string, RegExp> = {
    "\n\nthrow new Error('no such thing')":
      /config\.ts cannot be loaded: no such thing \(.*\.ts:3\)/,
    "\nexport default () => {\n throw new Error('needs R2_ACCOUNT_ID') }":
      /needs R2_ACCOUNT_ID \(datamanager\.config\.ts:3\)/,
    "export default async () => {\n throw new Error('x') }": /: x \(datamanager\.config\.ts:2\)/,
    "throw 'a text'": /cannot be loaded: a text$/,
    'export default class {}': /cannot be loaded: Class constructor .* cannot be invoked/,
    // Not taken for a missing config.
    "import { readFileSync } from 'node:fs'\nreadFileSync('/nowhere')\nexport default {}":
      /ENOENT.* \(datamanager\.config\.ts:2\)/,
    "import './missing.ts'\nexport default {}": /Cannot find module/,
  }
  for (const [text, message] of Object.entries(cases)) {
    assert.match((await failure('DM_CONFIG_THROWS', ts(text))).message, message)
  }
})

test('where a library throws, the line of the config is told', async () => {
  const files = {
    ...ts(`\nimport { fail } from './node_modules/x/index.mjs'\n\nfail()\nexport default {}`),
    'node_modules/x/index.mjs': `export const fail = () => { throw new Error('no') }`,
  }
  const error = await failure('DM_CONFIG_THROWS', files)
  assert.match(error.message, ': no (datamanager.config.ts:4)')
})

test('a syntax error is told with its file and line, in every language', async () => {
  const broken = '{\n  "git": {\n    "base": "x",\n  ]\n}\n'
  const cases: Record<string, RegExp> = {
    'datamanager.config.ts': /\(datamanager\.config\.ts:[45]\)/,
    'datamanager.config.mjs': /\(datamanager\.config\.mjs:4\)/,
    'datamanager.config.cjs': /\(datamanager\.config\.cjs:4\)/,
    'datamanager.config.json': /datamanager\.config\.json cannot be loaded: .*line 4/,
    'datamanager.config.yaml': /datamanager\.config\.yaml cannot be loaded: .*4:3/,
    'package.json': /package\.json cannot be loaded: .*line 4/,
  }
  for (const [name, message] of Object.entries(cases)) {
    const start = name.endsWith('.cjs') ? 'module.exports = ' : 'export default '
    const text = /[cm]?[jt]s$/.test(name) ? start + broken : broken.replace('git', 'datamanager')
    assert.match((await failure('DM_CONFIG_THROWS', { [name]: text })).message, message)
  }
  const imported = {
    ...ts(`import './steps.mjs'\nexport default {}`),
    'steps.mjs': '\n\nlet = =\n',
  }
  assert.match((await failure('DM_CONFIG_THROWS', imported)).message, '(steps.mjs:3)')
  const missing = ts(`\nimport { nothing } from './x.mjs'\nexport default {}`)
  assert.match(
    (await failure('DM_CONFIG_THROWS', { ...missing, 'x.mjs': '' })).message,
    /export named 'nothing' \(datamanager\.config\.ts:2\)/,
  )
  const enumeration = ts('\nenum Kind { A }\nexport default {}')
  assert.match(
    (await failure('DM_CONFIG_THROWS', enumeration)).message,
    /enum is not supported.*\(datamanager\.config\.ts:2\)/,
  )
})

test('--config with a missing file is an error', async () => {
  await failure('DM_CONFIG_MISSING', {}, { file: 'other.config.ts' })
  await failure('DM_CONFIG_MISSING', {}, { file: 'other.json' })
})

test('a config that is a link to nowhere is an error', () =>
  inFolder(async (root) => {
    await symlink('nowhere', path.join(root, 'datamanager.config.ts'))
    await failureOf('DM_CONFIG_MISSING', () => loadConfig(findConfig(root), { root, env: {} }))
  }))

test.run()
