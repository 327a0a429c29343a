import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutMarkdown } from '../../../lib/format/cut-markdown.ts'

const test = suite('lib/format/cut-markdown')

test('what fits stays as it is', () => {
  assert.is(cutMarkdown('one\ntwo', 7), 'one\ntwo')
})

test('what does not is cut at the end of a line, and closed', () => {
  const text = `<details>\n\n~~~\n${'0123456789\n'.repeat(100)}~~~\n</details>`
  const cut = cutMarkdown(text, 500)
  assert.ok(cut.length <= 500)
  assert.match(cut, /0123456789\n~~~\n<\/details>\n\n\*What follows does not fit here\.\*$/)
})

test('it is cut also where there is no end of a line, or hardly any room', () => {
  const said = '\n\n*What follows does not fit here.*'
  assert.is(cutMarkdown('x'.repeat(900), 500), `${'x'.repeat(300)}${said}`)
  for (const room of [150, 0, -100]) assert.is(cutMarkdown('one line\n'.repeat(90), room), said)
})

test.run()
