import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definitions } from '../../lib/errors/definitions.ts'

const test = suite('docs/errors.md')
const page = path.join(import.meta.dirname, '../../docs/errors.md')

/** The rows of the catalogue's tables: a code, its exit code, its meaning. */
async function readRows(): Promise<{ code: string; exit: number; meaning: string }[]> {
  const text = await readFile(page, 'utf8')
  const rows = text.matchAll(/^\| `(DM_[A-Z_]+)`\s*\| (\d+)\s*\| (.*?)\s*\|$/gm)
  return [...rows].map(([, code = '', exit, meaning = '']) => ({
    code,
    exit: Number(exit),
    meaning,
  }))
}

test('it lists every code of the catalogue once, and no other', async () => {
  const listed = (await readRows()).map(({ code }) => code)
  assert.equal(listed.toSorted(), Object.keys(definitions).toSorted())
})

test('it gives each the exit code that the catalogue gives it', async () => {
  const wrong = (await readRows()).filter(({ code, exit }) => {
    const found = Object.entries(definitions).find(([known]) => known === code)
    return found?.[1].exit !== exit
  })
  assert.equal(wrong, [])
})

test('it says of each what it means, in a sentence', async () => {
  const without = (await readRows()).filter(({ meaning }) => !/^\S.*\.$/.test(meaning))
  assert.equal(without, [])
})

test.run()
