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

test('takes the query of a URL out: a token may stand in it', () => {
  for (const [text, shown] of [
    ['https://host/a.git?private_token=abc&x=1 failed', 'https://host/a.git?*** failed'],
    ["'https://host/a?abc/info/refs?service=x': 403", "'https://host/a?***': 403"],
    ['https://ada:pw@host?t=abc', 'https://***@host?***'],
    ['https://ada:p?w@host/a', 'https://***@host/a'],
    ['what? https://host/a', 'what? https://host/a'],
  ] as const) {
    assert.is(redactUrls(text), shown)
  }
})

test('takes a password with a quote in it out', () => {
  assert.is(redactUrls(`'https://ada:p'w"x@host/a'`), `'https://***@host/a'`)
})

test('takes time in proportion to the text, whatever it is made of', () => {
  const size = 300_000
  for (const part of [
    'a',
    'a:',
    'a:b@',
    '://',
    'x://',
    'x://a:',
    'http://a@',
    '?',
    '://?',
    'a.',
    '@',
    "'",
  ]) {
    const text = part.repeat(size / part.length)
    const began = performance.now()
    redactUrls(text)
    redactUrls(`x://${text}`)
    // A quadratic pattern takes minutes.
    assert.ok(performance.now() - began < 1000, part)
  }
})

test.run()
