import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { temporaryFolder } from './temporary-folder.ts'
import { findSourceProblems, readCounts } from './uvu-guard.ts'

const test = suite('guard around uvu')
const root = path.join(import.meta.dirname, '../..')

/** What uvu prints and returns for a test file of this content. */
async function runUvu(body: string): Promise<{ output: string; exit: number }> {
  const { folder, remove } = await temporaryFolder()
  try {
    const uvu = path.join(root, 'node_modules/uvu')
    writeFileSync(
      path.join(folder, 'x.test.mjs'),
      `import { suite } from '${uvu}/dist/index.mjs'\nconst t = suite('t')\n${body}\n`,
    )
    try {
      const output = execFileSync(process.execPath, [path.join(uvu, 'bin.js'), folder], {
        encoding: 'utf8',
        stdio: 'pipe',
      })
      return { output: stripVTControlCharacters(output), exit: 0 }
    } catch (error) {
      const { stdout, status } = error as { stdout: string; status: number }
      return { output: stripVTControlCharacters(stdout), exit: status }
    }
  } finally {
    await remove()
  }
}

test('reads the counts of a good run', async () => {
  const { output } = await runUvu(`t('a', () => {})\nt.skip('b', () => {})\nt.run()`)
  assert.equal(readCounts(output), { passed: 1, failed: 0, skipped: 1 })
})

test('a before hook that throws counts as failures although uvu ends with 0', async () => {
  const { output } = await runUvu(
    `t.before(() => { throw new Error('x') })\nt('a', () => {})\nt('b', () => {})\nt.run()`,
  )
  const counts = readCounts(output)
  assert.ok(counts === null || counts.failed > 0, output)
})

test('a thrown string counts as a failure', async () => {
  const { output } = await runUvu(`t('a', () => { throw 'x' })\nt('b', () => {})\nt.run()`)
  const counts = readCounts(output)
  assert.ok(counts === null || counts.failed > 0, output)
})

test('a forgotten run() runs no test', async () => {
  const { output } = await runUvu(`t('a', () => {})`)
  const counts = readCounts(output)
  assert.ok(counts === null || counts.passed === 0, output)
  assert.equal(findSourceProblems(`const t = suite('t')\nt('a')`), [
    '1 suites, but run() is called 0 times',
  ])
})

test('finds an only that was left in', () => {
  assert.equal(findSourceProblems(`const t = suite('t')\nt.only('a')\nt.run()`), [
    'an .only( was left in',
  ])
  assert.equal(findSourceProblems(`const t = suite('t')\nt('a')\nt.run()`), [])
})

test.run()
