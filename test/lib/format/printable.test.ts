import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { escapeControls, printable, printableLine } from '../../../lib/format/printable.ts'

const test = suite('lib/format/printable')

const hostile = {
  'an escape': ['a\u001b[2Jb', 'a\\u001b[2Jb'],
  'a bell and a backspace': ['\u0007\u0008', '\\u0007\\u0008'],
  'a carriage return': ['good\rbad', 'good\\u000dbad'],
  'DEL and C1': ['\u007f\u009b31m', '\\u007f\\u009b31m'],
  'writing directions': [
    '\u202ecod.exe\u202c\u2066\u200f\u061c',
    '\\u202ecod.exe\\u202c\\u2066\\u200f\\u061c',
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
  const text = 'Ünïcode, עברית, 日本語, 👩‍🔬, «x» \\u001b'
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

test.run()
