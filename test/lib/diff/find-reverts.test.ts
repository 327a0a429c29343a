import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findReverts, type FullDiff } from '../../../lib/diff/find-reverts.ts'
import type { DifferingRow } from '../../../lib/diff/present/json.ts'
import type { DatabaseDiff } from '../../../lib/diff/types.ts'
import { diffOf, table } from './present/scene.ts'

const test = suite('what of others is undone')

const updated = (before: object, after: object): DifferingRow => ({
  change: 'updated',
  before: before as Record<string, string>,
  after: after as Record<string, string>,
})
const of = (rows: DifferingRow[], rest: Partial<DatabaseDiff> = {}): FullDiff => ({
  diff: diffOf([table('t')], rest),
  rows: new Map([['t', rows]]),
})
const was = { id: '1', n: '1', m: '1' }
const theirs = { id: '1', n: '5', m: '1' }

test('a row whose change stays, while we change another of its columns, is not', () => {
  const made = of([updated(was, theirs)])
  assert.equal(findReverts(made, of([updated(theirs, { ...theirs, m: '7' })])), [])
  const one = [{ table: 't', rows: 1 }]
  assert.equal(findReverts(made, of([updated(theirs, was)])), one)
  // The order of the columns makes no other row.
  const turned = { m: '1', n: '5', id: '1' }
  assert.equal(findReverts(made, of([updated(turned, { ...turned, n: '6' })])), one)
})

test('what could not be compared on either side is not known; statistics are no data', () => {
  const left = (name: string): FullDiff => of([], { uncompared: [{ name, reason: '' }] })
  assert.is(findReverts(left('words'), left('words')), null)
  assert.equal(findReverts(left('words'), of([])), [])
  assert.equal(findReverts(left('sqlite_stat1'), left('sqlite_stat1')), [])
})

test.run()
