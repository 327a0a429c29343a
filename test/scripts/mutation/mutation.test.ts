import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseMutants, type MutationOptions, testMutants } from '../../../scripts/mutation.ts'
import { changedLines, formatReport } from '../../../scripts/mutation/report.ts'
import { inFolder } from '../../helpers/in-folder.ts'

const test = suite('scripts/mutation')

const source = `export function isAllowed(count: number): boolean {
  return count < 10
}

export function unused(): void {
  throw new Error()
}
`

const tests = `import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statSync } from 'node:fs'
import { isAllowed } from '../lib/limit.ts'
const test = suite('limit')
test('another user gets to the copy', () => {
  assert.is(statSync(import.meta.dirname + '/../../..').mode & 0o005, 0o005)
})
test('few are allowed, many are not', () => {
  assert.is(isAllowed(5), true)
  assert.is(isAllowed(20), false)
})
test.run()
`

/** A project with one source and one test that looks at no boundary. */
async function makeProject(root: string): Promise<void> {
  const modules = path.join(import.meta.dirname, '../../../node_modules')
  const files = {
    'package.json': '{"type": "module"}',
    'lib/limit.ts': source,
    'test/limit.test.ts': tests,
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), text)
  }
  await symlink(modules, path.join(root, 'node_modules'))
}

test('what no test notices is found, what one notices is counted, and a second run knows both', () =>
  inFolder(async (root) => {
    await makeProject(root)
    const options: MutationOptions = { root, all: ['lib/'], jobs: 2, budgetSeconds: 60 }
    const tested = await testMutants(options)
    assert.equal(
      tested.map(({ mutant, status }) => `${changedLines(mutant).after}: ${status}`),
      [
        'return undefined: killed',
        'return count <= 10: survived',
        'return count >= 10: killed',
        'return count < 11: survived',
        ';: not-covered',
      ],
    )
    const report = formatReport(tested)
    assert.match(
      report,
      'lib/limit.ts:2:10 comparison, survived\n  - return count < 10\n  + return count <= 10\n',
    )
    assert.match(report, /\nlib +5 +2 +0 +2 +1 +0 +40\.0 %\n/)
    assert.is(await readFile(path.join(root, 'lib/limit.ts'), 'utf8'), source)

    const results = path.join(root, '.mutation/results')
    const known = await readFile(results, 'utf8')
    assert.is(known.split('\n').length, 6)
    assert.equal(await testMutants(options), tested)
    assert.is(await readFile(results, 'utf8'), known)

    // A survivor that was looked at no longer counts; a new test is tried on the others.
    const reviewed = {
      file: 'lib/limit.ts',
      before: 'throw new Error()',
      after: ';',
      reason: 'nobody calls it',
    }
    await mkdir(path.join(root, 'scripts/mutation'), { recursive: true })
    const list = path.join(root, 'scripts/mutation/equivalent.json')
    await writeFile(list, JSON.stringify([reviewed]))
    const more = tests.replace(
      'test.run',
      "test('the limit', () => assert.is(isAllowed(10), false))\ntest.run",
    )
    await writeFile(path.join(root, 'test/limit.test.ts'), more)
    const again = formatReport(await testMutants(options))
    assert.match(again, /\nlib +5 +4 +0 +0 +0 +1 +100\.0 %\n/)
  }))

test('a selection is the same for the same seed, and another for another', () =>
  inFolder(async (root) => {
    await makeProject(root)
    const places = (seed: number): number[] =>
      chooseMutants({ root, all: [], some: ['lib/'], sample: 3, seed }).map(({ start }) => start)
    assert.is(places(1).length, 3)
    assert.equal(places(1), places(1))
    assert.ok([2, 3, 4].some((seed) => places(seed).join() !== places(1).join()))
  }))

test('every place that is tested by default is there; one that is not is named', () => {
  const root = path.join(import.meta.dirname, '../../..')
  const [pure, more] = [0, 5].map((sample) => chooseMutants({ root, sample }).length)
  assert.is(Number(more) - Number(pure), 5)
  assert.throws(
    () => chooseMutants({ root, all: ['lib/git/push-commit.ts', 'lib/gone/'] }),
    "no source file's path begins with 'lib/gone/'",
  )
})

test.run()
