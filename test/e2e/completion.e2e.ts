import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shells } from '../../lib/completion/scripts.ts'
import {
  createCompletingScene,
  givenUp,
  hostileNames,
  typeInto,
} from '../helpers/completing-shell.ts'
import { dm } from '../helpers/dm.ts'
import { filesIn } from '../helpers/files.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('completion in the real shells')

/** What is typed, and what dm is to be given. */
const cases: readonly [line: string, words: readonly string[]][] = [
  ['dm pul\tmod\t', ['pull', 'model.sqlite']],
  ['dm pull model.sqlite@v2\t', ['pull', 'model.sqlite@v2']],
  ['dm pull model.sqlite@v\t1', ['pull', 'model.sqlite@v1']],
  ['dm pull "my\t', ['pull', 'my data.sqlite']],
  ["dm pull 'my\t", ['pull', 'my data.sqlite']],
  ["dm pull 'my data.sqlite@v1\t", ['pull', 'my data.sqlite@v1']],
  ['dm pull model.sqlite --ref data\t', ['pull', 'model.sqlite', '--ref', 'data/model-v3']],
  ['dm prepare x some\t', ['prepare', 'x', 'some file.sqlite']],
  ['dm prepare x --bucket int\t', ['prepare', 'x', '--bucket', 'internal']],
  ['dm prepare --no-pu\t', ['prepare', '--no-push']],
  ['dm graph prepare --format=mer\t', ['graph', 'prepare', '--format=mermaid']],
  ['dm -C . log mod\t', ['-C', '.', 'log', 'model.sqlite']],
  // The first character of each is its own.
  ...hostileNames.map((name): [string, string[]] => {
    const first = /\w|é/.test(name.charAt(0)) ? name.charAt(0) : `\\${name.charAt(0)}`
    return [`dm pull ${name.startsWith('m') ? 'my' : first}\t`, ['pull', name]]
  }),
]

for (const shell of shells) {
  test(`${shell} inserts what fits as it is, and runs nothing of it`, () =>
    inFolder(async (folder) => {
      const repository = await createCompletingScene(folder)
      const before = await filesIn(repository)
      const lines = [givenUp, ...cases.map(([line]) => line)]
      const given = await typeInto(shell, repository, lines)
      assert.equal(
        given,
        cases.map(([, words]) => words),
      )
      assert.equal(await filesIn(repository), before)
    }))
}

test('a config that takes long is not waited for', () =>
  inFolder(async (folder) => {
    const config =
      'await new Promise((resolve) => setTimeout(resolve, 20_000))\nexport default {}\n'
    await writeFile(path.join(folder, 'datamanager.config.mjs'), config)
    const began = performance.now()
    const { exit, stdout } = await dm(folder, ['__complete', 'zsh', 'pull', ''])
    assert.equal([exit, stdout], [0, ''])
    assert.ok(performance.now() - began < 10_000)
  }))

test.run()
