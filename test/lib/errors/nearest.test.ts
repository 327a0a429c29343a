import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../../../lib/errors/nearest.ts'

const test = suite('lib/errors/nearest')

const commands = ['prepare', 'publish', 'pull', 'list', 'log', 'rollback', 'rebase', 'prune']

test('a mistyped word is guessed: a wrong, missing, extra or swapped letter', () => {
  const cases: Record<string, string> = {
    prepore: 'prepare',
    prpare: 'prepare',
    prepaare: 'prepare',
    perpare: 'prepare',
    publihs: 'publish',
    pul: 'pull',
    lits: 'list',
    lgo: 'log',
  }
  for (const [word, expected] of Object.entries(cases)) {
    assert.is(nearest(word, commands), expected, word)
  }
})

test('case does not count', () => {
  assert.is(nearest('PREPARE', commands), 'prepare')
  assert.is(nearest('model.sqlite', ['Model.SQLite']), 'Model.SQLite')
})

test('at most a third of the longer word may differ, but one letter always', () => {
  assert.is(nearest('abcxyz', ['abcdef']), undefined)
  assert.is(nearest('abcdxy', ['abcdef']), 'abcdef')
  assert.is(nearest('x', ['y']), 'y')
  assert.is(nearest('xy', ['ab']), undefined)
})

test('of several the one with the fewest edits is guessed, of equals the first', () => {
  assert.is(nearest('prune', ['prone', 'prune']), 'prune')
  assert.is(nearest('lost', ['list', 'last']), 'list')
})

test('nothing is guessed where nothing is near', () => {
  assert.is(nearest('frobnicate', commands), undefined)
  assert.is(nearest('x', []), undefined)
  assert.is(nearest('', commands), undefined)
})

test.run()
