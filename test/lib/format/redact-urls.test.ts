import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { redactUrls } from '../../../lib/format/redact-urls.ts'

const test = suite('redactUrls')

test('takes user and password out of HTTP URLs, and a token that stands as the user', () => {
  assert.is(
    redactUrls("fatal: 'https://ada:pw@host/a.git' and https://ghp_token@host/b"),
    "fatal: 'https://***@host/a.git' and https://***@host/b",
  )
})

test('takes a password with an @ in it out as a whole', () => {
  assert.is(redactUrls('https://ada:p@w@host/a'), 'https://***@host/a')
})

test('takes passwords out of other URLs and leaves a plain ssh user', () => {
  assert.is(redactUrls('ssh://ada:pw@host/a ssh://git@host/a'), 'ssh://***@host/a ssh://git@host/a')
})

test('leaves text without credentials alone', () => {
  const text = 'https://host/a@b git@host:a/b.git mail ada@example.org'
  assert.is(redactUrls(text), text)
})

test.run()
