import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJson } from '../../../../lib/manifest/json/parse-json.ts'
import { renderJson } from '../../../../lib/manifest/json/render-json.ts'
import { rememberSource, withFields } from '../../../../lib/manifest/json/source-text.ts'

const test = suite('lib/manifest/json/render-json')

const layout = { indent: '  ', newline: '\n' }

function remembered(text: string): object {
  const document = parseJson(text)
  rememberSource(document)
  return document.value as object
}

test('what was never read looks as JSON.stringify makes it', () => {
  const value = { a: [], b: {}, c: [1, 'é"\n', null, { d: [true] }], 'odd key"': undefined, e: 1.5 }
  assert.is(renderJson(value, layout), JSON.stringify(value, null, 2))
  for (const scalar of ['x', 1, false, null])
    assert.is(renderJson(scalar, layout), JSON.stringify(scalar))
})

test('what was read keeps its text, also inside of what is new', () => {
  const old = remembered('{"n":1.0 , "s":"\\u0041"}')
  assert.is(renderJson(old, layout), '{"n":1.0 , "s":"\\u0041"}')
  assert.is(renderJson([{ old }], layout), '[\n  {\n    "old": {"n":1.0 , "s":"\\u0041"}\n  }\n]')
})

test('a changed copy keeps the text of the other fields, over several changes', () => {
  const old = remembered('{"n":1.0,"s" : "\\u0041","x":[ 1]}') as {
    n: number
    s: string
    y?: number
  }
  const once = withFields(old, { n: 2 })
  assert.is(renderJson(once, layout), '{\n  "n": 2,\n  "s" : "\\u0041",\n  "x":[ 1]\n}')
  const twice = withFields(withFields(once, { y: 3 }), { n: undefined })
  assert.is(renderJson(twice, layout), '{\n  "s" : "\\u0041",\n  "x":[ 1],\n  "y": 3\n}')
  assert.equal(old, { n: 1, s: 'A', x: [1] })
})

test('a field that got its old value back has its old text', () => {
  const old = remembered('{"n":1.0}') as { n: number }
  assert.is(renderJson(withFields(withFields(old, { n: 2 }), { n: 1 }), layout), '{\n  "n":1.0\n}')
})

test('a field that was dropped is gone, also where every object inherits one of its name', () => {
  const old = remembered('{"toString":1,"__proto__":2,"a":3.0}') as Record<string, unknown>
  const copy = withFields(old, { toString: undefined, ['__proto__']: undefined })
  assert.equal(Object.keys(copy), ['a'])
  assert.is(renderJson(copy, layout), '{\n  "a":3.0\n}')
})

test('0 does not take the text of -0', () => {
  const old = remembered('{"n":-0}') as { n: number; m?: number }
  assert.is(renderJson(withFields(old, { n: 0 }), layout), '{\n  "n": 0\n}')
  assert.is(renderJson(withFields(old, { m: 1 }), layout), '{\n  "n":-0,\n  "m": 1\n}')
})

test('a copy cannot be changed either', () => {
  assert.ok(Object.isFrozen(withFields({ a: 1 }, { a: 2 })))
})

test.run()
