import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findCredentials } from '../../../lib/store/credentials.ts'
import { failure } from '../../helpers/failure.ts'

const test = suite('lib/store/credentials')

const r2 = { R2_ACCESS_KEY_ID: 'r2-id', R2_SECRET_ACCESS_KEY: 'r2-secret' }
const aws = { AWS_ACCESS_KEY_ID: 'aws-id', AWS_SECRET_ACCESS_KEY: 'aws-secret' }
const own = { accessKeyId: 'OWN_ID', secretAccessKey: 'OWN_SECRET', sessionToken: 'OWN_TOKEN' }

test('the R2 pair comes before the AWS pair', () => {
  assert.equal(findCredentials(null, { ...aws, ...r2 }), {
    accessKeyId: 'r2-id',
    secretAccessKey: 'r2-secret',
  })
  assert.is(findCredentials(null, aws)?.accessKeyId, 'aws-id')
})

test('a pair is taken as a whole: halves are never mixed', () => {
  assert.is(findCredentials(null, { ...aws, R2_ACCESS_KEY_ID: 'r2-id' })?.accessKeyId, 'aws-id')
  assert.is(
    findCredentials(null, { ...aws, ...r2, R2_SECRET_ACCESS_KEY: '' })?.accessKeyId,
    'aws-id',
  )
  const halves = { R2_ACCESS_KEY_ID: 'r2-id', AWS_SECRET_ACCESS_KEY: 'aws-secret' }
  assert.is(findCredentials(null, halves), null)
  assert.is(findCredentials(null, {}), null)
})

test('a session token belongs to the AWS pair only, and an empty one is none', () => {
  const token = { AWS_SESSION_TOKEN: 'token' }
  assert.is(findCredentials(null, { ...aws, ...token })?.sessionToken, 'token')
  assert.not.ok('sessionToken' in (findCredentials(null, { ...r2, ...token }) ?? {}))
  const empty = { ...aws, AWS_SESSION_TOKEN: '' }
  assert.not.ok('sessionToken' in (findCredentials(null, empty) ?? {}))
})

test('a line end behind a key, as files and secrets of CI have it, is none of the key', () => {
  const env = { R2_ACCESS_KEY_ID: 'id\r\n', R2_SECRET_ACCESS_KEY: ' secret\n' }
  assert.equal(findCredentials(null, env), { accessKeyId: 'id', secretAccessKey: 'secret' })
  assert.is(findCredentials(null, { ...env, R2_ACCESS_KEY_ID: ' \n' }), null)
  const token = { ...aws, AWS_SESSION_TOKEN: 'token\n' }
  assert.is(findCredentials(null, token)?.sessionToken, 'token')
})

test('a key with a character that no key has is refused by the name of its variable, and not shown', async () => {
  for (const [variable, value] of [
    ['R2_ACCESS_KEY_ID', 'top\nsecret'],
    ['R2_SECRET_ACCESS_KEY', 'top secret'],
    ['AWS_SESSION_TOKEN', 'top\u2013secret'],
  ] as const) {
    const keys = variable.startsWith('R2') ? r2 : aws
    const error = await failure('DM_ENVIRONMENT_INVALID', () =>
      findCredentials(null, { ...keys, [variable]: value }),
    )
    assert.is(error.exit, 2)
    assert.match(error.message, variable)
    assert.match(error.message, 'no key has')
    assert.not.match(`${error.message} ${error.hint}`, 'top')
  }
})

test(`a bucket's own names are the only ones that count for it`, () => {
  const env = { OWN_ID: 'id', OWN_SECRET: 'secret', OWN_TOKEN: 'token' }
  assert.equal(findCredentials(own, { ...r2, ...aws, ...env }), {
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    sessionToken: 'token',
  })
  assert.is(findCredentials(own, { ...r2, ...aws, OWN_ID: 'id' }), null)
})

test.run()
