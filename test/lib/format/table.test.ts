import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatTable } from '../../../lib/format/table.ts'

const test = suite('lib/format/table')

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

test.run()
