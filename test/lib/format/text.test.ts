import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import {
  escapeControls,
  escapeMarkdown,
  fold,
  formatTable,
  printable,
  printableLine,
  redactUrls,
  shellQuote,
} from '../../../lib/format/text.ts'

const test = suite('lib/format/text')

const hostile = {
  'an escape': ['a\u001b[2Jb', 'a\\u001b[2Jb'],
  'a bell and a backspace': ['\u0007\u0008', '\\u0007\\u0008'],
  'a carriage return': ['good\rbad', 'good\\u000dbad'],
  'DEL and C1': ['\u007f\u009b31m', '\\u007f\\u009b31m'],
  'writing directions': [
    '\u202ecod.exe\u202c\u2066\u200f\u061c',
    '\\u202ecod.exe\\u202c\\u2066\\u200f\\u061c',
  ],
  'what is not seen': [
    'so\u00adft m\u180eg\u3164\u034f\u2061\ufffa',
    'so\\u00adft m\\u180eg\\u3164\\u034f\\u2061\\ufffa',
  ],
  'a text in tags, and in variations': ['a\u{e0041}\u{e01ef}', 'a\\udb40\\udc41\\udb40\\uddef'],
  'joiners where nothing is joined': [
    '\u200dpass\u200cword\ufe0f',
    '\\u200dpass\\u200cword\\ufe0f',
  ],
  'invisible and odd separators': ['a\u200bb\u2028c\ufeff', 'a\\u200bb\\u2028c\\ufeff'],
} as const

test('what steers a terminal or hides is shown as an escape', () => {
  for (const [name, [text, shown]] of Object.entries(hostile)) {
    assert.is(printable(text), shown, name)
    assert.is(printableLine(text), shown, name)
  }
})

test('other text stays, of any script', () => {
  const text = 'Ünïcode, עברית, 日本語, 👩‍🔬, ✔️, می‌خواهم, क्‍ष, «x» \\u001b'
  assert.is(printable(text), text)
})

test('line ends and tabs stay in a text, and are shown in a line', () => {
  assert.is(printable('a\n\tb'), 'a\n\tb')
  assert.is(printableLine('a\n\tb'), 'a\\u000a\\u0009b')
})

test('a JSON document keeps its values', () => {
  for (const [text] of Object.values(hostile)) {
    const json = escapeControls(JSON.stringify({ [text]: text }))
    assert.match(json, /^[\x20-\x7e]*$/)
    assert.equal(JSON.parse(json), { [text]: text })
  }
})

test('what nobody has checked says nothing to GitHub', () => {
  const inert = {
    'a mention': ['@ada', '\\@\u200bada'],
    'a mention of a team': ['cc @acme/data', 'cc \\@\u200bacme/data'],
    'an address': ['ada@example.org', 'ada\\@\u200bexample.org'],
    'an issue': ['fixes #12', 'fixes \\#\u200b12'],
    'an issue of another repository': ['acme/data#12', 'acme/data\\#\u200b12'],
    'an issue in the old way': ['closes gh-12', 'closes gh\u200b-12'],
    'a commit of somebody': ['acme/data@1234567', 'acme/data\\@\u200b1234567'],
    'a picture': [':tada: :white_check_mark:', ':\u200btada: :\u200bwhite\\_check\\_mark:'],
    'a sum of money, or mathematics': ['$x$', '<span>$</span>x<span>$</span>'],
    'an address of a page': ['https://x.org www.x.org', '\u200bhttps://x.org www\u200b.x.org'],
    'markup and HTML': ['[a](b) <img>', '\\[a\\]\\(b\\) &lt;img&gt;'],
    'what is not seen, and lines': ['a\u00ad\n\u202eb', 'a b'],
    'plain words': ['12:30, day-ahead; # 5', '12:30, day-ahead; \\# 5'],
  } as const
  for (const [name, [text, shown]] of Object.entries(inert)) {
    assert.is(escapeMarkdown(text), shown, name)
  }
})

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
    ['https://host/new?source=data%2Fa&t=1 is it', 'https://host/new?source=data%2Fa&t=1 is it'],
    ['https://host/new?source=a&t=1&token=abc', 'https://host/new?***'],
    ['https://host/new?t=abc', 'https://host/new?***'],
    ['https://host/new?source=a?b=abc', 'https://host/new?***'],
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

test('columns are as wide as their widest cell, two spaces apart', () => {
  const rows = [
    ['Name', 'Version', 'When'],
    ['a-long-name', 'v1', '5 h ago'],
    ['b', 'v10', ''],
  ]
  assert.is(
    formatTable(rows),
    ['Name         Version  When', 'a-long-name  v1       5 h ago', 'b            v10'].join('\n'),
  )
})

test('no line ends in spaces, and rows may be of different lengths', () => {
  assert.is(formatTable([['a', ''], ['bbb', 'c', 'd'], []]), 'a\nbbb  c  d\n')
})

test('no rows are no text', () => {
  assert.is(formatTable([]), '')
})

const texts = [
  '',
  'plain',
  'a b',
  `it's`,
  `''`,
  '"double"',
  '$HOME ${PATH} $(id) `id`',
  'back\\slash\\',
  'line\nend\n',
  'tab\t',
  '; rm -rf / & | < > ( )',
  '*?[a-z]{a,b}',
  '~',
  '!history',
  '#comment',
  '-option',
  'a=b',
  'größe 漢字 😀',
  '\u0001\u007f',
]

test('a real shell gives back every text as it was, as one word', async () => {
  const command = `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  assert.equal(stdout.split('\0').slice(0, -1), texts)
})

test('what needs no quotes gets none', () => {
  for (const text of ['model.sqlite', '/data/a-b_c.sqlite', 'a@b', '50%', 'x=1,2:3']) {
    assert.is(shellQuote(text), text)
  }
})

test('a long line is broken at spaces, in its own column', () => {
  const text = [
    'Note: the bytes are in this clone',
    '  branch   data/model-v1 (would be pushed)',
    '  v3  12 KiB  its bytes stay: named by others',
    '  a-name-that-is-long  and more of it',
    'short  enough',
    `  ${'x'.repeat(30)} y`,
  ].join('\n')
  assert.is(
    fold(text, 24),
    [
      'Note: the bytes are in',
      'this clone',
      '  branch   data/model-v1',
      '           (would be',
      '           pushed)',
      '  v3  12 KiB  its bytes',
      '      stay: named by',
      '      others',
      '  a-name-that-is-long  and',
      '  more of it',
      'short  enough',
      `  ${'x'.repeat(30)}`,
      '  y',
    ].join('\n'),
  )
  assert.is(fold(text, Infinity), text)
})

test.run()
