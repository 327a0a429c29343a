import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('imports')
const root = path.join(import.meta.dirname, '../..')

/** Every import of a source file, as a path from the root; packages as they are named. */
async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(path.join(root, file), 'utf8')
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) =>
    name.startsWith('.') ? path.join(path.dirname(file), name) : name,
  )
}

/** The files under a folder that import what they must not. */
async function offenders(pattern: string, isAllowed: (name: string) => boolean): Promise<string[]> {
  const files = await Array.fromAsync(glob(pattern, { cwd: root }))
  assert.ok(files.length > 0, pattern)
  const found: string[] = []
  for (const file of files) {
    for (const name of await importsOf(file)) if (!isAllowed(name)) found.push(`${file}: ${name}`)
  }
  return found
}

test('lib knows nothing of tasks', async () => {
  assert.equal(await offenders('lib/**/*.ts', (name) => !name.startsWith('tasks/')), [])
})

test('only tasks/main.ts knows the command line', async () => {
  const pattern = '{lib/!(cli)/**/*.ts,tasks/!(main).ts,tasks/*/*.ts}'
  assert.equal(await offenders(pattern, (name) => !name.startsWith('lib/cli/')), [])
})

test('steps, reports and questions know lib, and no operation', async () => {
  for (const folder of ['steps', 'reports', 'questions']) {
    const isAllowed = (name: string): boolean =>
      !name.startsWith('tasks/') ||
      name === 'tasks/facts.ts' ||
      // What several reports say is a room beside them.
      (folder === 'reports' && name.startsWith('tasks/reports/'))
    assert.equal(await offenders(`tasks/${folder}/*.ts`, isAllowed), [])
  }
})

test('only lib/graph and the display know listr2', async () => {
  const isAllowed = (name: string): boolean => name !== 'listr2'
  const found = await offenders('{lib,tasks}/**/*.ts', isAllowed)
  assert.equal(found.toSorted(), [
    'lib/cli/display.ts: listr2',
    'lib/graph/run-graph.ts: listr2',
    'lib/graph/to-listr.ts: listr2',
  ])
})

test.run()
