import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRedactor } from '../../../lib/cli/output.ts'
import { readEnvFile } from '../../../lib/config/env-file.ts'
import { writeFiles } from '../../helpers/files.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('lib/cli/secrets')

test('a secret is hidden as it is, URL-encoded, and as JSON writes it', () => {
  const secret = 'aB/c+d=é"\\ 9%'
  const redact = createRedactor({ R2_SECRET_ACCESS_KEY: secret }, [])
  const forms = {
    raw: secret,
    'in a query': encodeURIComponent(secret),
    'in a path': encodeURI(secret),
    'in JSON': JSON.stringify({ secret }),
    'twice in JSON': JSON.stringify(`${secret} and ${secret}`),
  }
  for (const [name, form] of Object.entries(forms)) {
    const shown = redact(`before ${form} after ${form}.`)
    assert.match(shown, /^before .*\[hidden\].* after .*\[hidden\].*\.$/, name)
    for (const part of ['aB/c', 'aB%2Fc', '9%', 'd=é']) assert.not.match(shown, part, name)
  }
})

test('variables are taken for secrets by their names', () => {
  const names = [
    'R2_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'GITHUB_TOKEN',
    'my_password',
    'SSH_PASSPHRASE',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'NPM_AUTH',
  ]
  for (const name of names) {
    assert.is(createRedactor({ [name]: 'abcdefgh' }, [])('x abcdefgh'), 'x [hidden]', name)
  }
})

test('other variables are hidden only where a config names them as credentials', () => {
  const env = { TEAM_STORE_ONE: 'abcdefgh', HOME: '/home/ada' }
  assert.is(createRedactor(env, [])('abcdefgh in /home/ada'), 'abcdefgh in /home/ada')
  const redact = createRedactor(env, ['TEAM_STORE_ONE', 'NOT_SET'])
  assert.is(redact('abcdefgh in /home/ada'), '[hidden] in /home/ada')
})

test('short and empty values are left, since they would garble any text', () => {
  const env = { A_KEY: '', USE_TOKEN: 'true', B_KEY: '12345', C_KEY: undefined }
  assert.is(createRedactor(env, [])('it is true: 12345'), 'it is true: 12345')
})

test('the line of a secret, and a secret without the space around it, is hidden', () => {
  const env = { A_KEY: ' first line\nsecond line \n', B_KEY: 'key-id\r\n' }
  const redact = createRedactor(env, [])
  assert.is(redact('second line, first line, key-id'), '[hidden], [hidden], [hidden]')
})

test('where one secret contains another, the whole of the longer one is hidden', () => {
  const env = { A_KEY: 'abcdef', B_KEY: 'abcdef-and-more' }
  assert.is(createRedactor(env, [])('abcdef-and-more, abcdef'), '[hidden], [hidden]')
})

test('a secret with characters that mean something in a pattern is hidden', () => {
  const redact = createRedactor({ A_KEY: 'a.b*c$&(d)' }, [])
  assert.is(redact('a.b*c$&(d) axbbc'), '[hidden] axbbc')
})

test('what a .env adds is hidden as well', () =>
  inFolder(async (folder) => {
    await writeFiles(folder, { '.env': 'R2_SECRET_ACCESS_KEY="from the file"\n' })
    const redact = createRedactor(await readEnvFile(folder), [])
    assert.is(redact('it is from the file'), 'it is [hidden]')
  }))

test('user and password of a URL are hidden, its other parts stay', () => {
  const redact = createRedactor({}, [])
  assert.is(redact('https://ada:pa55@example.org/x.git'), 'https://***@example.org/x.git')
  assert.is(redact('http://:token@localhost:8080/'), 'http://***@localhost:8080/')
  const two = 'git+ssh://a:b@c.org and HTTPS://d:e@f.org'
  assert.is(redact(two), 'git+ssh://***@c.org and HTTPS://***@f.org')
  assert.is(redact('https://ghp_token@example.org/x'), 'https://***@example.org/x')
  for (const plain of [
    'https://example.org:8080/a@b',
    'https://example.org/x#a:b@c',
    'ada@example.org:owner/name.git',
    'ssh://git@example.org/owner/name.git',
  ]) {
    assert.is(redact(plain), plain)
  }
})

test.run()
