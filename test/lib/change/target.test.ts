import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseTarget, fieldProblem, parseFields } from '../../../lib/change/target.ts'
import { parseConfig } from '../../../lib/config/parse-config.ts'
import { failure } from '../../helpers/failure.ts'
import { dataset, manifest, published, upload } from '../manifest/samples.ts'

const test = suite('lib/change/target')

const config = parseConfig(
  {
    storage: { type: 'folder', path: '/store' },
    buckets: { staging: { name: 'sss' }, production: { name: 'ppp' }, internal: { name: 'iii' } },
    staging: 'staging',
    defaultBucket: 'production',
    fields: {
      hash: { pattern: '[0-9a-f]{4}', prompt: 'Commit' },
      note: { optional: true },
      owner: {},
    },
  },
  'config',
)
const all = manifest(
  dataset([upload(3), published(1)]),
  dataset([published(1)], { fileName: 'marked.sqlite', status: 'pending-deletion' }),
  dataset([published(1)], { fileName: 'inside.sqlite', bucket: 'internal' }),
  dataset([published(1)], { fileName: 'lost.sqlite', bucket: 'elsewhere' }),
  dataset([published(1)], { fileName: 'waiting.sqlite', bucket: 'staging' }),
)
const fields = ['hash=01ab', 'owner=Ada']

const choose = (name: string, more: Partial<Parameters<typeof chooseTarget>[0]> = {}) =>
  chooseTarget({
    config,
    manifest: all,
    retired: 0,
    dataset: name,
    bucket: undefined,
    fields,
    ...more,
  })

test('a version follows the highest number, pending or given up', () => {
  const of = (name: string, retired: number): string => choose(name, { retired }).version
  assert.is(of('model.sqlite', 0), 'v4')
  assert.is(of('model.sqlite', 3), 'v4')
  assert.is(of('model.sqlite', 7), 'v8')
  assert.is(of('new.sqlite', 0), 'v1')
  assert.is(of('new.sqlite', 7), 'v8')
})

test('a dataset keeps its bucket, a new one goes where it is asked for or to the default', () => {
  assert.is(choose('model.sqlite').bucket, 'production')
  assert.is(choose('inside.sqlite').bucket, 'internal')
  assert.is(choose('inside.sqlite', { bucket: 'internal' }).bucket, 'internal')
  assert.is(choose('new.sqlite').bucket, 'production')
  assert.is(choose('new.sqlite', { bucket: 'internal' }).bucket, 'internal')
  assert.equal(choose('new.sqlite'), {
    dataset: 'new.sqlite',
    bucket: 'production',
    version: 'v1',
    fields: { hash: '01ab', owner: 'Ada' },
  })
})

test('what cannot be a target is refused with what there is', async () => {
  const known = ['production', 'internal']
  const contextOf = async (
    code: Parameters<typeof failure>[0],
    ...asked: Parameters<typeof choose>
  ): Promise<object> => (await failure(code, () => choose(...asked))).context
  assert.equal(await contextOf('DM_DATASET_MARKED', 'marked.sqlite'), { dataset: 'marked.sqlite' })
  for (const bucket of ['staging', 'elsewhere', '']) {
    const context = { bucket, known }
    assert.equal(await contextOf('DM_UNKNOWN_BUCKET', 'new.sqlite', { bucket }), context)
    assert.equal(await contextOf('DM_UNKNOWN_BUCKET', 'model.sqlite', { bucket }), context)
  }
  assert.equal(await contextOf('DM_BUCKET_FIXED', 'model.sqlite', { bucket: 'internal' }), {
    dataset: 'model.sqlite',
    bucket: 'production',
    asked: 'internal',
  })
  for (const [name, bucket] of [
    ['lost.sqlite', 'elsewhere'],
    ['waiting.sqlite', 'staging'],
  ] as const) {
    assert.equal(await contextOf('DM_BUCKET_GONE', name), { dataset: name, bucket, known })
  }
  await failure('DM_NAME_INVALID', () => choose('../x'))
})

test('fields are given as NAME=VALUE, each once', async () => {
  const parse = (...given: string[]): object => parseFields(config.fields, given)
  assert.equal(parse(), {})
  assert.equal(parse('note=a=b\nc', 'hash=ffff'), { note: 'a=b\nc', hash: 'ffff' })
  for (const hash of ['hash=0000', 'hash=ffff']) {
    const error = await failure('DM_FIELD_REPEATED', () => parse(hash, 'note=x', 'hash=0000'))
    assert.equal(error.context, { field: 'hash' })
  }
})

test('a field that is not known or not right is refused', async () => {
  const parse = (given: string) => () => parseFields(config.fields, [given])
  for (const given of ['other=1', 'other', '=1', 'constructor=1', '__proto__=1']) {
    const error = await failure('DM_FIELD_UNKNOWN', parse(given))
    assert.is(error.context.field, given.replace('=1', ''))
    assert.equal(error.context.known, ['hash', 'note', 'owner'])
  }
  for (const given of ['hash=', 'hash', 'hash=01abc', 'hash=x01ab', 'hash=0 1ab', 'note=']) {
    const error = await failure('DM_FIELD_INVALID', parse(given))
    const [field = '', value = ''] = given.split('=')
    const pattern = field === 'hash' ? '[0-9a-f]{4}' : '.+'
    assert.equal(error.context, { field, value, pattern })
  }
})

test('a field that must be there is asked for by its prompt', async () => {
  const missing = async (...given: string[]): Promise<object> =>
    (await failure('DM_FIELD_REQUIRED', () => choose('new.sqlite', { fields: given }))).context
  assert.equal(await missing('owner=Ada'), { field: 'hash', prompt: 'Commit' })
  assert.equal(await missing('hash=01ab', 'note=x'), { field: 'owner', prompt: 'owner' })
})

test('a pattern is for the whole value, whatever it is made of', () => {
  const isGood = (pattern: string, value: string): boolean =>
    fieldProblem('f', { pattern }, value) === null
  assert.ok(isGood('a|bc', 'bc'))
  assert.not.ok(isGood('a|bc', 'ac'))
  assert.not.ok(isGood('a|bc', 'xa'))
  assert.ok(isGood('.', '😀'))
})

test('what is wrong with a value is one text', () => {
  assert.is(fieldProblem('owner', {}, 'Ada'), null)
  const problem = fieldProblem('hash', { pattern: '[0-9a-f]{4}' }, 'x') ?? ''
  assert.match(problem, "'hash'")
  assert.match(problem, '[0-9a-f]{4}')
})

test.run()
