import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LeafSpans, uniteSpans } from '../../../../lib/diff/pages/rowid-ranges.ts'

const test = suite('lib/diff/pages/rowid-ranges')

type Rowid = number | bigint

/** Leaves of a b-tree: which one it is, its first and its last rowid. */
function spansOf(leaves: readonly (readonly [number, Rowid, Rowid])[]): LeafSpans {
  const spans = new LeafSpans()
  for (const [index, first, last] of leaves) spans.add({ index, first, last })
  return spans
}

function unite(
  left: readonly (readonly [number, Rowid, Rowid])[],
  right: readonly (readonly [number, Rowid, Rowid])[],
): string[] {
  return uniteSpans(spansOf(left), spansOf(right)).map(({ first, last }) => `${first}..${last}`)
}

const cases = {
  'neither has any': [[], [], []],
  'leaves apart stay apart': [
    [
      [1, 1, 5],
      [3, 10, 15],
    ],
    [],
    ['1..5', '10..15'],
  ],
  'leaves that follow one another are one range, whatever is missing between them': [
    [
      [1, 1, 5],
      [2, 10, 15],
    ],
    [],
    ['1..15'],
  ],
  'what overlaps is united': [[[1, 1, 5]], [[1, 4, 8]], ['1..8']],
  'what is within another is': [[[1, 1, 9]], [[1, 4, 5]], ['1..9']],
  'what begins where another ends is': [[[1, 1, 5]], [[2, 6, 8]], ['1..8']],
  'both are in order': [
    [
      [1, -20, -10],
      [7, 50, 60],
    ],
    [[3, 0, 4]],
    ['-20..-10', '0..4', '50..60'],
  ],
  'numbers of both kinds, to the ends': [
    [
      [0, -(2n ** 63n), -5n],
      [4, 7, 2n ** 62n],
    ],
    [[9, 2n ** 63n - 1n, 2n ** 63n - 1n]],
    [
      '-9223372036854775808..-5',
      '7..4611686018427387904',
      '9223372036854775807..9223372036854775807',
    ],
  ],
} as const

for (const [name, [left, right, united]] of Object.entries(cases)) {
  test(name, () => assert.equal(unite(left, right), united))
}

test.run()
