// The two engines, by pages and whole, against each other and against the law that the SQL of a diff
// makes the one database of the other.
//
//   DM_DIFF_RUNS=10000 DM_DIFF_SEED=1 node test/run.ts lib/diff/property
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareDatabases } from '../../../lib/diff/compare-databases.ts'
import type { DatabaseDiff } from '../../../lib/diff/types.ts'
import { contentOf } from '../../helpers/database-content.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { build, editsArbitrary, type Edit, type Start, startArbitrary } from './random-databases.ts'

const test = suite('diff: property')
const runs = Number(process.env['DM_DIFF_RUNS'] ?? 200)
const seed = Number(process.env['DM_DIFF_SEED'] ?? Date.now() % 1_000_000_000)

const { folder, remove } = await temporaryFolder()
test.after(remove)

/** What a diff says, but for how it was found. */
function answerOf(diff: DatabaseDiff): unknown {
  return {
    schema: diff.schema,
    uncompared: diff.uncompared,
    tables: diff.tables.map(({ how: _how, reason: _reason, ...rest }) => rest),
  }
}

function apply(before: string, sql: string, copy: string): void {
  copyFileSync(before, copy)
  const input = readFileSync(sql)
  const { status, stderr } = spawnSync('sqlite3', ['-init', '/dev/null', copy], { input })
  assert.is(`${status} ${stderr.toString()}`, '0 ')
}

let number = 0
const seen = { changed: 0, same: 0, byPages: 0, touched: 0 }

function check(start: Start, edits: readonly Edit[]): void {
  const scratch = path.join(folder, String(number++))
  mkdirSync(scratch)
  try {
    const { before, after } = build(scratch, start, edits)
    const sqlFile = path.join(scratch, 'diff.sql')
    const report = (): void => undefined
    const { diff: byPages, touched } = compareDatabases(
      before,
      after,
      { scratch, sqlFile, engine: 'pages', keepTouched: true },
      report,
    )
    const { diff: whole } = compareDatabases(before, after, { scratch, engine: 'whole' }, report)
    assert.equal(answerOf(byPages), answerOf(whole))
    seen.byPages += byPages.tables.filter(({ how }) => how === 'pages').length
    const [old, now] = [contentOf(before), contentOf(after)]
    const isSame = JSON.stringify(old) === JSON.stringify(now)
    const told =
      byPages.schema.filter(({ name }) => name !== 'page_size').length +
      byPages.tables.reduce((sum, one) => sum + one.inserted + one.updated + one.deleted, 0)
    if (isSame) assert.is(told, 0, 'nothing changed')
    else assert.ok(told > 0, 'something changed')
    seen[isSame ? 'same' : 'changed']++
    for (const { rowsBefore, rowsAfter, inserted, deleted } of byPages.tables) {
      assert.is(rowsBefore + inserted - deleted, rowsAfter)
    }
    assert.ok(byPages.sql !== null && !('reason' in byPages.sql), JSON.stringify(byPages.sql))
    const copy = path.join(scratch, 'copy.sqlite')
    apply(before, sqlFile, copy)
    assert.equal(contentOf(copy), now)
    if (touched !== null) {
      apply(touched.before, sqlFile, copy)
      assert.equal(contentOf(copy), contentOf(touched.after))
      seen.touched++
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

test(`both engines agree, and the SQL makes one of the other (seed ${seed}, ${runs} runs)`, () => {
  process.stdout.write(`seed ${seed}, ${runs} runs\n`)
  const outcome = fc.check(fc.property(startArbitrary, editsArbitrary, check), {
    numRuns: runs,
    seed,
  })
  if (outcome.failed) {
    const what = JSON.stringify(outcome.counterexample)
    throw new Error(`seed ${seed}: ${what}`, { cause: outcome.errorInstance })
  }
  process.stdout.write(`${JSON.stringify(seen)}\n`)
  assert.ok(seen.changed > runs / 4 && seen.same > 0 && seen.byPages > runs / 4)
})

test.run()
