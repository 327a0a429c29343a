import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brokenNameRule, suggestName } from '../../../lib/manifest/dataset-name.ts'

const test = suite('lib/manifest/dataset-name-rule')

test('a good name breaks no rule', () => {
  const longest = `${'a'.repeat(93)}.sqlite`
  assert.is(longest.length, 100)
  for (const name of ['a.sqlite', '0.sqlite', 'US_National-46.v2.sqlite', longest]) {
    assert.is(brokenNameRule(name), undefined, name)
  }
})

test('a bad name breaks a rule that is told', () => {
  const cases: Record<string, string> = {
    '': 'must begin with a letter or a digit',
    '.sqlite': 'must begin with a letter or a digit',
    '-a.sqlite': 'must begin with a letter or a digit',
    '../a.sqlite': 'must begin with a letter or a digit',
    'ä.sqlite': 'must begin with a letter or a digit',
    'a/b.sqlite': `must be letters, digits, '.', '_' and '-', but contains "/"`,
    'a\\b.sqlite': `must be letters, digits, '.', '_' and '-', but contains "\\\\"`,
    'a b.sqlite': `must be letters, digits, '.', '_' and '-', but contains " "`,
    'aä.sqlite': `must be letters, digits, '.', '_' and '-', but contains "ä"`,
    'a😀.sqlite': `must be letters, digits, '.', '_' and '-', but contains "😀"`,
    'a.sqlite\n': `must be letters, digits, '.', '_' and '-', but contains "\\n"`,
    'a..b.sqlite': `must not contain '..'`,
    a: 'must end in .sqlite',
    'a.db': 'must end in .sqlite',
    'a.SQLITE': 'must end in .sqlite',
    [`${'a'.repeat(94)}.sqlite`]: 'must have at most 100 characters',
  }
  for (const [name, rule] of Object.entries(cases)) assert.is(brokenNameRule(name), rule, name)
})

test('a good name is suggested that is close to the bad one', () => {
  const cases: Record<string, string | undefined> = {
    model: 'model.sqlite',
    'model.db': 'model.sqlite',
    'model.SQLite3': 'model.sqlite',
    'model.sqlite.db': 'model.sqlite',
    'model.db.v2': 'model.db.v2.sqlite',
    'my..model': 'my.model.sqlite',
    'data/2026/My model (v2).sqlite': 'My_model_v2.sqlite',
    'C:\\data\\model.sqlite': 'model.sqlite',
    '../../model..sqlite': 'model.sqlite',
    '-_.model': 'model.sqlite',
    '😀.sqlite': undefined,
    '': undefined,
    [`${'a'.repeat(120)}.sqlite`]: `${'a'.repeat(93)}.sqlite`,
  }
  for (const [name, suggestion] of Object.entries(cases)) {
    assert.is(suggestName(name), suggestion, name)
  }
})

test('what is suggested is always a good name', () => {
  const parts = ['a', '.', '..', '-', '/', ' ', 'é', '.sqlite', 'x'.repeat(92), '\n']
  for (const first of parts) {
    for (const second of parts) {
      for (const third of parts) {
        const suggestion = suggestName(first + second + third)
        if (suggestion !== undefined) assert.is(brokenNameRule(suggestion), undefined)
      }
    }
  }
})

test.run()
