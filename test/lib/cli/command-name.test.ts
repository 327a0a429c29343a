import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findCommandName } from '../../../lib/cli/command-name.ts'

const test = suite('lib/cli/command-name')

const find = (line: string): string | undefined => findCommandName(line.split(' ').filter(Boolean))

test('the command is the first word that is no option', () => {
  assert.is(find('list'), 'list')
  assert.is(find('--json -q list'), 'list')
  assert.is(find('prepare model.sqlite --bucket internal'), 'prepare')
})

test('the value of an option is not taken for the command', () => {
  for (const line of [
    '-C list pull x',
    '--cwd list pull x',
    '--config list pull x',
    '-Clist pull',
  ]) {
    assert.is(find(line), 'pull', line)
  }
  assert.is(find('--cwd=list --config=x pull'), 'pull')
  assert.is(find('-C -q pull'), 'pull')
})

test('without a command there is none', () => {
  for (const line of ['', '--version', '--json', '-C', '-C dir', '--']) {
    assert.is(find(line), undefined, line)
  }
})

test('what follows -- is the command, whatever it looks like', () => {
  assert.is(find('-q -- list'), 'list')
  assert.is(find('-- --odd'), '--odd')
})

test.run()
