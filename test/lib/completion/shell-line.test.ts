import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readShellLine, toPiece } from '../../../lib/completion/shell-line.ts'
import { hostileNames } from '../../helpers/completing-shell.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { filesIn } from '../../helpers/files.ts'

const test = suite('lib/completion/shell-line')
const breaks = ' \t\n"\'@><=;|&(:'

test('a line is read as a shell reads it, up to the cursor', () => {
  const cases: [line: string, words: string[], current: string, kept: number, quote: string][] = [
    ['dm ', ['dm'], '', 0, 'none'],
    ['dm  pull mo', ['dm', 'pull'], 'mo', 0, 'none'],
    ['dm pull my\\ da', ['dm', 'pull'], 'my da', 0, 'none'],
    [`dm pull 'my da`, ['dm', 'pull'], 'my da', 0, 'single'],
    ['dm pull "a \\"b\\x', ['dm', 'pull'], 'a "b\\x', 0, 'double'],
    ["dm pull a'b c'd ", ['dm', 'pull', 'ab cd'], '', 0, 'none'],
    ["dm '' x", ['dm', ''], 'x', 0, 'none'],
    ['dm pull a@v', ['dm', 'pull'], 'a@v', 1, 'none'],
    ["dm pull a@'v", ['dm', 'pull'], 'a@v', 2, 'single'],
    ['dm graph --format=me', ['dm', 'graph'], '--format=me', 9, 'none'],
    ['dm pull a\\@v', ['dm', 'pull'], 'a@v', 0, 'none'],
    ['dm pull a\\', ['dm', 'pull'], 'a', 0, 'none'],
  ]
  for (const [line, words, current, kept, quote] of cases) {
    assert.equal(readShellLine(line, breaks), { words, current, kept, quote }, line)
  }
})

test('whatever a name is, bash takes what is put into the line as that name', () =>
  inFolder(async (folder) => {
    const lines: string[] = []
    const expected: string[] = []
    for (const name of [...hostileNames, 'a!b\\c|<d>#\t;(e)=^']) {
      for (const [quote, mark] of [
        ['none', ''],
        ['single', "'"],
        ['double', '"'],
      ] as const) {
        const piece = toPiece(name, { kept: 0, quote })
        if (name.includes('!') && quote === 'double') assert.is(piece, null)
        if (piece === null) continue
        lines.push(`printf '%s\\0' ${mark}${piece}${mark}`)
        expected.push(name)
      }
    }
    const { stdout } = await promisify(execFile)('bash', ['-c', lines.join('\n')], { cwd: folder })
    assert.equal(stdout.split('\0').slice(0, -1), expected)
    assert.equal(await filesIn(folder), [])
    assert.is(toPiece('a b@v1', { kept: 3, quote: 'none' }), '@v1')
  }))

test.run()
