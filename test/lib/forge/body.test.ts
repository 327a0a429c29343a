import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isOwnTitle, placeBlock } from '../../../lib/forge/body.ts'

const test = suite('lib/forge/body')

const block = { title: 'Add it', text: 'Ours' }

test('the block takes the place of the one that is there, and nothing else', () => {
  const first = placeBlock('', block)
  const edited = `Before\n\n${first}\n\nBehind`
  const second = placeBlock(edited, { title: 'Add it', text: 'Newer' })
  assert.is(second, edited.replace('Ours', 'Newer'))
  assert.is(placeBlock(second, block), edited)
})

test('where its author has taken it out, it comes back at the end', () => {
  assert.match(placeBlock('Mine', block), /^Mine\n\n<!--[^]*Ours[^]*-->$/)
  const broken = placeBlock('', block).replace('<!-- datamanager:end -->', '')
  const again = placeBlock(broken, block)
  assert.ok(again.startsWith(broken.trimEnd()))
  assert.is(again.split('datamanager:end').length, 2)
})

test('nothing in the data ends it', () => {
  const text = 'a <!-- datamanager:end --> b'
  const first = placeBlock('', { title: 'T', text })
  assert.is(first.split('<!-- datamanager:end -->').length, 2)
  assert.is(placeBlock(`${first}\nMine`, { title: 'T', text: 'x' }).split('\n').at(-1), 'Mine')
})

test('what is too long for GitHub is cut at a line, and what is open there is closed', () => {
  const text = `<details>\n\n\`\`\`\n${'0123456789 ñ\n'.repeat(10_000)}\`\`\`\n</details>`
  const body = placeBlock('Mine', { title: 'T', text })
  assert.ok(body.length <= 65_536)
  assert.match(
    body,
    /ñ\n```\n<\/details>\n\n\*What follows does not fit here\.\*\n<!-- datamanager:end -->$/,
  )
})

test('beside words that leave it hardly any room, it is still short enough for GitHub', () => {
  const text = 'A line of it\n'.repeat(500)
  const body = placeBlock('m'.repeat(65_300), { title: 'T', text })
  assert.ok(body.length <= 65_536, String(body.length))
  assert.ok(body.endsWith('<!-- datamanager:end -->'))
})

test('a title is ours as long as nobody has changed it', () => {
  const body = placeBlock('', block)
  assert.ok(isOwnTitle('Add it', body))
  assert.not(isOwnTitle('Add that', body))
  assert.not(isOwnTitle('Add it', 'Mine'))
})

test.run()
