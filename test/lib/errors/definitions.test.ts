import { readdir } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Definition } from '../../../lib/errors/define.ts'
import { definitions } from '../../../lib/errors/definitions.ts'

const test = suite('lib/errors/definitions')

test('every definition has a message, a hint, and an exit code that a failure can have', () => {
  const all = Object.entries<Definition<never>>(definitions)
  assert.ok(all.length > 50)
  for (const [code, { message, hint, exit }] of all) {
    assert.match(code, /^DM_[A-Z0-9]+(?:_[A-Z0-9]+)*$/)
    assert.type(message, 'function', code)
    assert.type(hint, 'function', code)
    assert.ok([1, 2, 3].includes(exit), code)
  }
})

test('every area is in the catalogue, and no code is in two areas', async () => {
  const folder = new URL('../../../lib/errors/definitions/', import.meta.url)
  const codes: string[] = []
  for (const file of await readdir(folder)) {
    const area = (await import(new URL(file, folder).href)) as Record<string, object>
    for (const errors of Object.values(area)) codes.push(...Object.keys(errors))
  }
  assert.equal(codes.toSorted(), Object.keys(definitions).toSorted())
})

test.run()
