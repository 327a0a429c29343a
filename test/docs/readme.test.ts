import { access, readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildReadme } from '../../scripts/update-readme.ts'

const test = suite('README.md')
const root = path.join(import.meta.dirname, '../..')

test('its graphs are those that dm graph prints', async () => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  assert.is(text, await buildReadme())
  assert.match(text, 'stage-file: Upload to staging')
  assert.match(text, 'promote-object')
})

test('what it links to is there', async () => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target)
  assert.ok(links.length > 5)
  for (const link of links) await access(path.join(root, link))
})

test.run()
