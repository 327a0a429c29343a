import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type JsonNode,
  JsonSyntaxError,
  placeJson,
  verifyJson,
} from '../../../../lib/manifest/json/place-json.ts'

const test = suite('lib/manifest/json/place-json')

/** Where a text is refused; -1: it is accepted. */
function refusedAt(text: string): number {
  try {
    verifyJson(text)
    return -1
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.offset
    throw error
  }
}

/** The value that stands at the places. */
function valueOf(text: string, { start, end, items, members }: JsonNode): unknown {
  if (items !== undefined) return items.map((item) => valueOf(text, item))
  if (members === undefined) return JSON.parse(text.slice(start, end))
  return Object.fromEntries(members.map(({ key, node }) => [key, valueOf(text, node)]))
}

const good = [
  'null',
  ' true ',
  'false',
  '0',
  '-0',
  '-0.0',
  '1.5e+3',
  '1E-2',
  '12345678901234567890',
  '1e400',
  '""',
  '"a\\"b\\\\c\\/\\b\\f\\n\\r\\t\\u00e9"',
  '"\\ud83d\\ude00 \\ud83d \u2028 \u007f 😀"',
  '[]',
  '[ ]',
  '[1,[2,[3]],{"a":{}}]',
  '{}',
  '{"a":1,"b":[],"":null}',
  '{"__proto__":{"x":1}}',
  '{"b":1,"a":2,"10":3,"2":4}',
  '{"a":1,"a":2}',
  '\t\r\n {\n"a"\r:\t1 } ',
]

const bad = [
  '',
  ' ',
  '[',
  '{',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,}',
  '{a:1}',
  "{'a':1}",
  '{"a":1 "b":2}',
  '[1}',
  '{"a":1]',
  '1 2',
  '01',
  '1.',
  '.5',
  '+1',
  '1e',
  '-',
  '0x10',
  'NaN',
  'Infinity',
  'nul',
  'nulll',
  'True',
  'undefined',
  '"a',
  '"a\\',
  '"\\x"',
  '"\\u12"',
  '"a\nb"',
  '"a\tb"',
  '"\u0000"',
  '"\u001f"',
  '\uFEFF1',
  '\u00a01',
  '// comment\n1',
  '1 /* comment */',
]

test('it accepts what JSON.parse accepts, and finds every value', () => {
  for (const text of good) {
    const value = valueOf(text, placeJson(text))
    assert.equal(value, JSON.parse(text), text)
    assert.is(JSON.stringify(value), JSON.stringify(JSON.parse(text)), text)
  }
})

test('it refuses what JSON.parse refuses', () => {
  for (const text of bad) {
    assert.throws(() => JSON.parse(text), undefined, text)
    assert.is.not(refusedAt(text), -1, JSON.stringify(text))
  }
})

test('it agrees with JSON.parse on every part of a text and on every text with one change', () => {
  const text = '[{"a": [1.5, -2e3, "x\\n"], "b": {"c": null, "d": true}}]\n'
  const accepts = (candidate: string): boolean => {
    try {
      JSON.parse(candidate)
      return true
    } catch {
      return false
    }
  }
  for (let at = 0; at <= text.length; at++) {
    const variants = [text.slice(0, at), text.slice(at)]
    for (const insert of ['', '"', ',', ':', '{', ']', '\\', '0', '-', '.', 'e', ' ', 'a', '\n']) {
      variants.push(text.slice(0, at) + insert + text.slice(at + 1))
    }
    for (const variant of variants) {
      assert.is(refusedAt(variant) === -1, accepts(variant), JSON.stringify(variant))
    }
  }
})

test('every value knows its place in the text', () => {
  const text = ' {"a": [ 1, "x" ],\n "b": null } '
  const root = placeJson(text)
  const textOf = (node = root): string => text.slice(node.start, node.end)
  assert.is(textOf(), text.trim())
  assert.equal(
    root.members?.map(({ key, keyStart, node }) => [key, text[keyStart], textOf(node)]),
    [
      ['a', '"', '[ 1, "x" ]'],
      ['b', '"', 'null'],
    ],
  )
  const items = root.members?.[0]?.node.items ?? []
  assert.equal(items.map(textOf), ['1', '"x"'])
})

test('of a repeated field all are members', () => {
  assert.equal(
    placeJson('{"a":1,"\\u0061":2}').members?.map(({ key }) => key),
    ['a', 'a'],
  )
})

test('a value is read alone where its place is given', () => {
  const text = '[1, {"a": 2} , x'
  const { start, end } = placeJson(text, 3)
  assert.is(text.slice(start, end), '{"a": 2}')
  assert.throws(() => placeJson(text, 14))
})

test('a refused text is told with the place where it goes wrong', () => {
  // A text in quotes that never ends is told where it begins.
  const cases = { '[1,]': 3, '{"a" 1}': 5, '[1] x': 4, '"a\n"': 2, '["ab': 1 }
  for (const [text, offset] of Object.entries(cases)) assert.is(refusedAt(text), offset, text)
})

test('64 levels of nesting are accepted, more are refused', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  assert.is(refusedAt(nested(65)), -1)
  assert.is(refusedAt(nested(66)), 65)
  assert.is(refusedAt('{"a":'.repeat(100_000)), 65 * 5)
})

test.run()
