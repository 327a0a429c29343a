import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { JsonSyntaxError, MAX_VALUES } from '../../../../lib/manifest/json/place-json.ts'
import { parseJson, placeItem } from '../../../../lib/manifest/json/parse-json.ts'

const test = suite('lib/manifest/json/parse-json')

/** Where and why a text is refused; null: it is accepted. */
function refusal(text: string): { offset: number; message: string } | null {
  try {
    parseJson(text)
    return null
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    return { offset: error.offset, message: error.message }
  }
}

test('the value is that of JSON.parse, frozen throughout', () => {
  const text = '{"2030":[1.0,{"x":null}],"__proto__":{"y":-0},"s":"a\\"b:,[{","t":true}'
  const { value } = parseJson(text)
  assert.equal(value, JSON.parse(text))
  assert.ok(Object.hasOwn(value as object, '__proto__'))
  const all: unknown[] = [value]
  for (const part of all) {
    assert.ok(Object.isFrozen(part))
    if (typeof part === 'object' && part !== null) all.push(...Object.values(part))
  }
  assert.is(all.length, 9)
})

test('a repeated field is noticed, wherever it is and however it is spelled', () => {
  const repeats = (text: string): boolean => parseJson(text).hasRepeatedFields
  for (const text of [
    '{"a":1,"a":1}',
    '[{"a":[{"b":{},"b":{}}]}]',
    '[{"a":1,"\\u0061":2}]',
    '[{"__proto__":1,"__proto__":1}]',
    '[{"2":1,"1":1,"2":1}]',
    '[{"a:b":"c:d","a":1,"a":"\\\\"}]',
    '[{"":"","":""}]',
  ])
    assert.is(repeats(text), true, text)
  for (const text of [
    '[]',
    '1',
    '"a:b"',
    '[{"a":1},{"a":1,"A":1,"b":{"a":1}}]',
    '[{"a:b":"c:d","a":"\\\\","b":"\\\\\\":\\"","__proto__":{"a":1}}]',
    '[{"a":"","b":":","c":"","":""}]',
  ])
    assert.is(repeats(text), false, text)
})

test('the items of the root are found, whatever their strings hold', () => {
  const text = ' [ {"a":"],[{\\\\"} ,\n"\\",",[1,2 ,[3]], {"b":[{},{}]},7 ] '
  const document = parseJson(text)
  const items = (document.value as unknown[]).map((_, index) => {
    const { start, end } = placeItem(document, index)
    return text.slice(start, end)
  })
  assert.equal(items, ['{"a":"],[{\\\\"}', '"\\","', '[1,2 ,[3]]', '{"b":[{},{}]}', '7'])
})

test('what goes wrong is told with its place', () => {
  assert.is(refusal('[1]\n'), null)
  assert.equal(refusal('[1,]'), { offset: 3, message: 'must be a JSON value' })
  assert.is(refusal('["a')?.offset, 1)
  assert.is(refusal('["a\\"')?.offset, 1)
  assert.is(refusal(']')?.offset, 0)
})

test('64 levels of nesting are accepted, more are refused at the first that is one too many', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  assert.is(refusal(nested(65)), null)
  const message = 'must not be nested deeper than 64 levels'
  assert.equal(refusal(nested(66)), { offset: 65, message })
  assert.equal(refusal('{"a":'.repeat(100_000)), { offset: 65 * 5, message })
})

test('more values than any manifest has are refused before they take memory', () => {
  const message = 'must not have more than 2000000 values'
  // The root's own bracket counts, and so do commas.
  const most = `[${'0,'.repeat(MAX_VALUES - 1)}0]`
  assert.is(refusal(most), null)
  assert.equal(refusal(`[${most.slice(1)}`.replace('[0', '[0,0')), {
    offset: 2 * MAX_VALUES,
    message,
  })
  assert.is(refusal(`[${'0,'.repeat(MAX_VALUES - 2)}[]]`), null)
  assert.is(refusal(`[${'0,'.repeat(MAX_VALUES - 1)}[]]`)?.message, message)
  // Colons do not count.
  assert.is(refusal(`[${'{"a":0},'.repeat(MAX_VALUES / 2 - 1)}0]`), null)
  for (const part of ['{},', '[],', '[{"a":0}],']) {
    assert.is(refusal(`[${part.repeat(MAX_VALUES / 2)}0]`)?.message, message, part)
  }
})

test.run()
