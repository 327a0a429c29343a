import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findDuplicateKeys } from '../../../../lib/manifest/json/find-duplicate-keys.ts'
import { formatField, formatPath, offsetFinder } from '../../../../lib/manifest/json/json-path.ts'
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
  assert.is(formatField('n'.repeat(100)), 'n'.repeat(100))
  assert.is(formatField(' '.repeat(100)), `"${' '.repeat(100)}"`)
  assert.is(formatField('n'.repeat(101)), `"${'n'.repeat(100)}…"`)
})

test('a path leads to the place of its value, or of the nearest value on the way', () => {
  const text = ' [{"a": [10, {"b": true}]}, [1, {"c": 2}] , 7, "x"]'
  const offsetOf = offsetFinder(parseJson(text))
  const at = (...path: (string | number)[]): string => text.slice(offsetOf(path))
  assert.ok(at().startsWith('[{"a"'))
  assert.ok(at(0).startsWith('{"a"'))
  assert.ok(at(0, 'a', 1, 'b').startsWith('true'))
  assert.ok(at(0, 'a', 5, 'b').startsWith('[10'))
  assert.ok(at(0, 'missing').startsWith('{"a"'))
  assert.ok(at(1, 1, 'c').startsWith('2'))
  assert.ok(at(1).startsWith('[1'))
  assert.ok(at(2, 'x').startsWith('7'))
  assert.ok(at(3).startsWith('"x"'))
  assert.ok(at(0, 'a', 1, 'b').startsWith('true'))
  assert.ok(at(4).startsWith('[{"a"'))
  assert.ok(at('a').startsWith('[{"a"'))
  assert.ok(at(0, 5).startsWith('{"a"'))
  assert.is(offsetFinder(parseJson(' {"a": 1}'))(['a']), 1)
  assert.is(offsetFinder(parseJson(' {"a": 1}'))([1]), 1)
})

test('of a repeated field the last one is meant', () => {
  const text = '[{"a": 1, "a": 2}]'
  assert.is(offsetFinder(parseJson(text))([0, 'a']), text.indexOf('2'))
})

test('every repetition of a field is found, wherever it is', () => {
  const text = '{"a": [{"x": 1, "x": 2, "x": {"y": 1, "y": 1}}], "b": {"x": 1}, "a": 0}'
  const repeated = (json: string): string[][] =>
    [...findDuplicateKeys(parseJson(json))].map(({ path, offset }) => [
      formatPath(path),
      json.slice(offset, offset + 6),
    ])
  assert.equal(repeated(text), [
    ['.a[0].x', '"x": 2'],
    ['.a[0].x', '"x": {'],
    ['.a[0].x.y', '"y": 1'],
    ['.a', '"a": 0'],
  ])
  assert.equal(repeated(`[[1], ${text}, {"p": 0, "p": 1}]`), [
    ['[1].a[0].x', '"x": 2'],
    ['[1].a[0].x', '"x": {'],
    ['[1].a[0].x.y', '"y": 1'],
    ['[1].a', '"a": 0'],
    ['[2].p', '"p": 1'],
  ])
  assert.equal(repeated('[{"a": 1}, {"a": 1, "A": 1, "b": {"a": 1}}]'), [])
})

test.run()
