import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findDuplicateKeys } from '../../../../lib/manifest/json/find-duplicate-keys.ts'
import { formatField, formatPath, offsetOf } from '../../../../lib/manifest/json/json-path.ts'
import { parseJson } from '../../../../lib/manifest/json/parse-json.ts'

const test = suite('lib/manifest/json/json-path')

test('a path reads as in a program', () => {
  assert.is(formatPath([]), '')
  assert.is(formatPath([0, 'history', 12, 'sha256']), '[0].history[12].sha256')
  assert.is(formatPath([0, 'odd name', '', '1', 'é']), '[0]["odd name"][""]["1"]["é"]')
})

test('what would steer a terminal or hide text is shown as an escape', () => {
  assert.is(formatPath(['a\u001b[31m\n"']), '["a\\u001b[31m\\n\\""]')
  assert.is(
    formatField('\u009b31m\u202e\u2028\u{e0001}'),
    '"\\u{9b}31m\\u{202e}\\u{2028}\\u{e0001}"',
  )
  assert.is(formatField('temoaRepoHash'), 'temoaRepoHash')
  assert.is(formatField('odd name'), '"odd name"')
})

test('a path leads to the place of its value, or of the nearest value on the way', () => {
  const text = '[{"a": [10, {"b": true}]}]'
  const root = parseJson(text)
  const at = (...path: (string | number)[]): string => text.slice(offsetOf(root, path))
  assert.ok(at().startsWith('[{"a"'))
  assert.ok(at(0, 'a', 1, 'b').startsWith('true'))
  assert.ok(at(0, 'a', 5, 'b').startsWith('[10'))
  assert.ok(at(0, 'missing').startsWith('{"a"'))
  assert.ok(at('a').startsWith('[{"a"'))
})

test('of a repeated field the last one is meant', () => {
  const text = '{"a": 1, "a": 2}'
  assert.is(offsetOf(parseJson(text), ['a']), text.indexOf('2'))
})

test('every repetition of a field is found, wherever it is', () => {
  const text = '{"a": [{"x": 1, "x": 2, "x": {"y": 1, "y": 1}}], "b": {"x": 1}, "a": 0}'
  const found = findDuplicateKeys(parseJson(text))
  assert.equal(
    found.map(({ path, offset }) => [formatPath(path), text.slice(offset, offset + 6)]),
    [
      ['.a[0].x', '"x": 2'],
      ['.a[0].x', '"x": {'],
      ['.a[0].x.y', '"y": 1'],
      ['.a', '"a": 0'],
    ],
  )
  assert.equal(findDuplicateKeys(parseJson('[{"a": 1}, {"a": 1, "A": 1, "b": {"a": 1}}]')), [])
})

test.run()
