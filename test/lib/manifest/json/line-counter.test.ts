import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineCounter } from '../../../../lib/manifest/json/json-path.ts'

const test = suite('lineCounter')

test('line and column count from 1, and a line end belongs to its line', () => {
  const at = lineCounter('ab\n\ncd')
  assert.equal(at(0), { line: 1, column: 1 })
  assert.equal(at(2), { line: 1, column: 3 })
  assert.equal(at(3), { line: 2, column: 1 })
  assert.equal(at(4), { line: 3, column: 1 })
  assert.equal(at(6), { line: 3, column: 3 })
})

test('a text without line ends is one line', () => {
  assert.equal(lineCounter('')(0), { line: 1, column: 1 })
  assert.equal(lineCounter('abc')(3), { line: 1, column: 4 })
})

test('columns count UTF-16 units, and CRLF is one line end', () => {
  const at = lineCounter('"😀"\r\nx')
  assert.equal(at(3), { line: 1, column: 4 })
  assert.equal(at(6), { line: 2, column: 1 })
})

test('it finds every line of a long text', () => {
  const lines = Array.from({ length: 1000 }, (_, index) => 'x'.repeat(index % 7))
  const at = lineCounter(lines.join('\n'))
  let offset = 0
  for (const [index, line] of lines.entries()) {
    assert.equal(at(offset), { line: index + 1, column: 1 })
    offset += line.length + 1
  }
})

test('an earlier offset than the one before is found too', () => {
  const at = lineCounter('a\nb\nc')
  assert.equal(at(4), { line: 3, column: 1 })
  assert.equal(at(2), { line: 2, column: 1 })
  assert.equal(at(0), { line: 1, column: 1 })
  assert.equal(at(5), { line: 3, column: 2 })
})

test.run()
