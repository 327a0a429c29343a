import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { main } from '../../../lib/cli/main.ts'
import { graph } from '../../../lib/graph/graph.ts'
import { createCatalog, operation, report } from '../../../lib/graph/operation.ts'
import { defineStep } from '../../../lib/graph/step.ts'
import { parseDocument } from '../../helpers/dm.ts'
import { inFolder } from '../../helpers/in-folder.ts'
import { fakeIo } from './fake-io.ts'

const test = suite('an operation that needs no data repository')

const look = defineStep({
  id: 'look',
  title: 'Look around',
  needs: ['folder', 'env'],
  provides: ['message'],
  run: ({ folder, env }) => ({ message: `${folder} ${env['API_TOKEN']} ${env['PLACE']}` }),
})
const anywhere = operation({
  name: 'look',
  group: 'Set-up',
  summary: 'Look around',
  examples: ['dm look'],
  inProject: false,
  graph: graph('look', [look]),
  report: report({
    needs: ['message'],
    result: ({ message }) => ({ message }),
    text: ({ message }) => message ?? '',
  }),
})
const { questions: _, inProject: __, ...described } = anywhere
const inside = operation({ ...described, name: 'inside', graph: graph('inside', [look]) })
const catalog = createCatalog(
  { inside: async () => ({ default: inside }) },
  { look: async () => ({ default: anywhere }) },
)

async function run(cwd: string, ...args: string[]): Promise<Record<string, unknown>> {
  const fake = fakeIo({ env: { API_TOKEN: 'verysecret', PLACE: 'here' }, cwd })
  const exit = await main([...args, '--json'], fake.io, catalog, new Promise(() => {}))
  return { exit, ...parseDocument(fake.stdout(), fake.stderr()) }
}

test('is given the folder and the environment, also in a folder whose config cannot be read', () =>
  inFolder(async (folder) => {
    await writeFile(path.join(folder, 'datamanager.config.json'), '{')
    const { exit, message } = await run('/', 'look', '-C', folder)
    assert.is(exit, 0)
    assert.is(message, `${folder} [hidden] here`)
    const missing = await run(folder, 'look', '-C', 'none')
    assert.is(missing['exit'], 2)
    assert.match(JSON.stringify(missing), "no folder 'none'")
    const refused = await run(folder, 'look', '--config', 'x.json')
    assert.match(JSON.stringify(refused), 'look reads no config')
  }))

test('no config can change it, and an operation of a project is not given its facts', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'datamanager.config.mjs')
    await writeFile(file, 'export default { pipelines: { look: (g) => g } }')
    const { exit, error } = await run(folder, 'inside')
    assert.is(exit, 2)
    assert.match(JSON.stringify(error), 'DM_CONFIG_UNKNOWN_PIPELINE')
    await writeFile(path.join(folder, 'manifest.json'), '[]')
    await inFolder(async (other) => {
      const refused = await run(other, 'inside')
      assert.match(JSON.stringify(refused), "step 'look' needs 'folder'")
    })
  }))

test.run()
