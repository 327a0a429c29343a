import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shellQuote } from '../../../lib/format/shell-quote.ts'

const test = suite('lib/shell-quote')

const texts = [
  '',
  'plain',
  'a b',
  `it's`,
  `''`,
  '"double"',
  '$HOME ${PATH} $(id) `id`',
  'back\\slash\\',
  'line\nend\n',
  'tab\t',
  '; rm -rf / & | < > ( )',
  '*?[a-z]{a,b}',
  '~',
  '!history',
  '#comment',
  '-option',
  'a=b',
  'größe 漢字 😀',
  '\u0001\u007f',
]

test('a real shell gives back every text as it was, as one word', async () => {
  const command = `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  assert.equal(stdout.split('\0').slice(0, -1), texts)
})

test('what needs no quotes gets none', () => {
  for (const text of ['model.sqlite', '/data/a-b_c.sqlite', 'a@b', '50%', 'x=1,2:3']) {
    assert.is(shellQuote(text), text)
  }
})

test.run()
