import { access, glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { buildReadme } from '../../scripts/update-readme.ts'

const test = suite('README.md and the pages')
const root = path.join(import.meta.dirname, '../..')

test('its graphs are those that dm graph prints', async () => {
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  assert.is(text, await buildReadme())
  assert.match(text, 'stage-file: Upload to staging')
  assert.match(text, 'promote-object')
})

/** The anchors that GitHub makes of the headings of a page. */
function anchorsOf(text: string): string[] {
  const headings = text.matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('what the pages link to is there', async () => {
  const pages = await Array.fromAsync(glob(['*.md', 'docs/**/*.md', '.github/*.md'], { cwd: root }))
  assert.ok(pages.length > 20)
  for (const page of pages) {
    const text = await readFile(path.join(root, page), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s:]+)\)/g)) {
      const [file = '', anchor] = target.split('#')
      const linked = path.join(root, file === '' ? page : path.join(path.dirname(page), file))
      await access(linked).catch(() => assert.unreachable(`${page} links to ${target}`))
      if (anchor === undefined) continue
      const anchors = anchorsOf(await readFile(linked, 'utf8'))
      assert.ok(anchors.includes(anchor), `${page} links to ${target}`)
    }
  }
})

test.run()
