import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import type { ConfigProblem } from '../../../lib/config/rules.ts'
import { failure } from '../../helpers/failure.ts'

const test = suite('lib/config/parse-config')

async function problemsOf(raw: unknown): Promise<readonly ConfigProblem[]> {
  const error = await failure('DM_CONFIG_INVALID', () => parseConfig(raw, 'the.config.ts'))
  return error.context.problems
}

/** The only problem of a config. */
async function problemOf(raw: unknown): Promise<ConfigProblem> {
  const [problem, ...rest] = await problemsOf(raw)
  assert.equal(rest, [])
  if (problem === undefined) throw new Error('the failure tells no problem')
  return problem
}

test('an empty config is a config', () => {
  assert.is(parseConfig({}, 'x').manifest, 'manifest.json')
})

test('a mistyped key is told with the nearest one, at every level', async () => {
  const cases: [path: string, nearest: string, raw: unknown][] = [
    ['bucket', 'buckets', { bucket: {} }],
    ['defaultbucket', 'defaultBucket', { defaultbucket: 'x' }],
    ['git.bse', 'base', { git: { bse: 'main' } }],
    ['storage.endpont', 'endpoint', { storage: { type: 's3', endpont: 'https://x' } }],
    ['storage.pth', 'path', { storage: { type: 'folder', path: 'x', pth: 'y' } }],
    ['fields.note.promt', 'prompt', { fields: { note: { promt: 'Note' } } }],
    ['buckets.staging.nme', 'name', { buckets: { staging: { nme: 'x' }, production: {} } }],
    [
      'buckets.production.credentials.sesionToken',
      'sessionToken',
      {
        buckets: {
          staging: {},
          production: {
            credentials: { accessKeyId: 'A', secretAccessKey: 'B', sesionToken: 'C' },
          },
        },
      },
    ],
  ]
  for (const [path, nearest, raw] of cases) {
    assert.equal(await problemOf(raw), {
      path,
      problem: 'is not a key that dm knows',
      fix: `Did you mean '${nearest}'?`,
    })
  }
})

test('a key that is near to none is told with those there are', async () => {
  const { fix } = await problemOf({ git: { zzzzzz: 1 } })
  assert.is(fix, 'Remove it; the keys here are: remote, base.')
})

test('a key of the other kind of storage is not suggested', async () => {
  const folder = await problemOf({ storage: { type: 'folder', path: 'x', endpoint: 'https://x' } })
  assert.is(folder.path, 'storage.endpoint')
  assert.is(folder.fix, 'Remove it; the keys here are: type, path.')
  const s3 = await problemOf({ storage: { type: 's3', path: 'x' } })
  assert.is(s3.fix, 'Remove it; the keys here are: type, endpoint, region, forcePathStyle.')
})

test('an unknown kind of storage is told with those there are', async () => {
  for (const storage of [{}, { type: 'ftp' }, { type: 7, path: 'x' }]) {
    const { path, fix } = await problemOf({ storage })
    assert.is(path, 'storage.type')
    assert.match(fix, "'s3' or 'folder'")
  }
})

test('a value of the wrong type is told with both types', async () => {
  const cases: [raw: unknown, path: string, problem: string][] = [
    ['text', '', 'must be an object, not string'],
    [null, '', 'must be an object, not null'],
    [[], '', 'must be an object, not array'],
    [{ git: { base: 7 } }, 'git.base', 'must be a string, not number'],
    [{ storage: 'folder' }, 'storage', 'must be an object, not string'],
    [{ buckets: [] }, 'buckets', 'must be an object, not array'],
    [{ fields: { a: { optional: 'no' } } }, 'fields.a.optional', 'must be a boolean, not string'],
  ]
  for (const [raw, path, problem] of cases) {
    const found = await problemOf(raw)
    assert.equal([found.path, found.problem], [path, problem])
  }
})

test('an object that is no plain one is one problem, beside the others', async () => {
  const problems = await problemsOf({ storage: new Map(), git: { base: new Date(0) }, zzzzzz: 1 })
  assert.equal(
    problems.map(({ path, problem }) => `${path} ${problem}`),
    [
      'storage must be a plain object, not a Map',
      'git.base must be a plain object, not a Date',
      'zzzzzz is not a key that dm knows',
    ],
  )
})

test('an object inside of itself is no trap', async () => {
  const git: Record<string, unknown> = {}
  git['git'] = git
  assert.is((await problemOf({ git })).path, 'git.git')
})

test('a key that must be there and is not is told as missing', async () => {
  const expected = {
    path: 'storage.path',
    problem: 'is not set: it must be a string',
    fix: 'Set it.',
  }
  assert.equal(await problemOf({ storage: { type: 'folder' } }), expected)
  assert.equal(await problemOf({ storage: { type: 'folder', path: undefined } }), expected)
})

test('the name of a bucket or a field that cannot be one is told', async () => {
  const bucket = await problemOf({ buckets: { staging: {}, production: {}, 'My Data': {} } })
  assert.is(bucket.path, 'buckets.My Data')
  assert.match(bucket.problem, /^has a bad name: it must be lower-case letters/)
  const field = await problemOf({ fields: { 'temoa-hash': {} } })
  assert.is(field.path, 'fields.temoa-hash')
  assert.is(field.fix, 'Rename the key.')
})

test('every problem of every key is told at once', async () => {
  const problems = await problemsOf({
    strage: 1,
    storage: { type: 's3', endpoint: 'nowhere', regon: 'auto' },
    buckets: { staging: { name: 'X' }, production: { url: 'http://example.org' } },
    repository: 'no slash',
    manifest: '../x',
    git: 'main',
    fields: { a: { pattern: '[' } },
    pipelines: { prepare: 'x' },
  })
  assert.equal(problems.map(({ path }) => path).toSorted(), [
    'buckets.production.url',
    'buckets.staging.name',
    'fields.a.pattern',
    'git',
    'manifest',
    'pipelines.prepare',
    'repository',
    'storage.endpoint',
    'storage.regon',
    'strage',
  ])
  for (const { problem, fix } of problems) assert.ok(problem !== '' && fix !== '')
})

test('every problem between keys is told at once', async () => {
  const problems = await problemsOf({
    staging: 'none',
    defaultBucket: 'other',
    diffs: 'manifest.json',
    fields: { sha256: {} },
  })
  assert.equal(
    problems.map(({ path }) => path),
    ['staging', 'defaultBucket', 'fields.sha256', 'diffs'],
  )
})

test('a problem between keys is told beside a broken key, where it does not depend on that', async () => {
  const pathsOf = async (raw: unknown): Promise<string[]> =>
    (await problemsOf(raw)).map(({ path }) => path)
  assert.equal(await pathsOf({ zzzzzz: 1, staging: 'none' }), ['zzzzzz', 'staging'])
  // By the default of `manifest` these diffs would be in its way.
  assert.equal(await pathsOf({ manifest: '../x', diffs: 'manifest.json' }), ['manifest'])
})

test('the message names the file and gives one line for each problem', async () => {
  const error = await failure('DM_CONFIG_INVALID', () =>
    parseConfig({ zzzzzz: 1, git: 1 }, 'the.config.ts'),
  )
  assert.is(error.exit, 2)
  assert.match(
    error.message,
    /^the\.config\.ts has 2 problems:\n {2}git must be an object, not number\. /,
  )
  assert.is(error.message.split('\n').length, 3)
  const one = await failure('DM_CONFIG_INVALID', () => parseConfig('x', 'the.config.ts'))
  assert.match(one.message, 'the.config.ts has a problem:\n  The config must be an object')
})

test.run()
