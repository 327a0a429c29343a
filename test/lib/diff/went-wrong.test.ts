// Diffs that went wrong elsewhere, one case a line: judged by what the SQL of ours makes of the old
// database, told without the code under test.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareDatabases } from '../../../lib/diff/compare-databases.ts'
import { diffDatabases } from '../../../lib/diff/diff-databases.ts'
import type { DatabaseDiff } from '../../../lib/diff/types.ts'
import { contentOf } from '../../helpers/database-content.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'
import { type Case, cases } from './went-wrong.ts'

const test = suite('diff: what went wrong elsewhere')
const { folder, remove } = await temporaryFolder()
test.after(remove)

function change(file: string, how: Case['before']): void {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF')
    if (typeof how === 'string') db.exec(how)
    else how(db)
  } finally {
    db.close()
  }
}

let number = 0

function make({ before: start, after: edit, fromNothing = false }: Case): {
  before: string
  after: string
  scratch: string
} {
  const scratch = path.join(folder, String(number++))
  mkdirSync(scratch)
  const [before, after] = [path.join(scratch, 'before.sqlite'), path.join(scratch, 'after.sqlite')]
  change(before, start)
  if (!fromNothing) copyFileSync(before, after)
  change(after, edit)
  return { before, after, scratch }
}

function rowsOf({ tables }: DatabaseDiff): Record<string, readonly number[]> {
  return Object.fromEntries(
    tables
      .map(({ name, inserted, updated, deleted }) => [name, [inserted, updated, deleted]] as const)
      .filter(([, counts]) => counts.some((count) => count > 0)),
  )
}

/** Feeds SQL to the sqlite3 command as a user would, with a .sqliterc that means no good. */
function apply(scratch: string, before: string, sqlFile: string): string {
  const copy = path.join(scratch, 'copy.sqlite')
  copyFileSync(before, copy)
  const settings = [
    '.bail off',
    '.headers on',
    '.mode html',
    '.echo on',
    '.nullvalue 7',
    '.separator X Y',
    '.dbconfig enable_trigger on',
    '.dbconfig enable_fkey on',
    '.dbconfig dqs_ddl off',
    '.dbconfig defensive on',
    'PRAGMA foreign_keys=ON;',
    'PRAGMA recursive_triggers=ON;',
    'PRAGMA case_sensitive_like=ON;',
    'PRAGMA reverse_unordered_selects=ON;',
    'CREATE TEMP TABLE t(a); CREATE TEMP VIEW u AS SELECT 1;',
  ]
  // Named, since sqlite3 asks the system for the home folder, and not HOME.
  const settingsFile = path.join(scratch, '.sqliterc')
  writeFileSync(settingsFile, `${settings.join('\n')}\n`)
  const { status, stderr } = spawnSync('sqlite3', ['-init', settingsFile, copy], {
    input: readFileSync(sqlFile),
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const said = stderr.toString().replaceAll(/^-- Loading resources.*\n/gm, '')
  assert.is(`${status} ${said}`, '0 ')
  return copy
}

for (const one of cases) {
  test(one.name, async () => {
    const { before, after, scratch } = make(one)
    const sqlFile = path.join(scratch, 'diff.sql')
    const report = (): void => undefined
    const { diff, touched } = compareDatabases(
      before,
      after,
      { scratch, sqlFile, keepTouched: true },
      report,
    )
    const { diff: whole } = compareDatabases(before, after, { scratch, engine: 'whole' }, report)
    assert.equal(rowsOf(whole), rowsOf(diff))
    if (one.rows !== undefined) assert.equal(rowsOf(diff), one.rows)
    if (one.schema !== undefined) {
      assert.equal(
        diff.schema.map(({ change: kind, object, name }) => `${kind} ${object} ${name}`).toSorted(),
        one.schema.toSorted(),
      )
    }
    for (const name of one.uncompared ?? []) {
      assert.ok(
        diff.uncompared.some((other) => other.name === name),
        `${name} is not told`,
      )
    }
    if (one.noSql !== undefined) {
      const { sql } = await diffDatabases(before, after, { scratch, sqlFile, env: process.env })
      assert.match(sql !== null && 'reason' in sql ? sql.reason : 'there is', one.noSql)
      assert.not(existsSync(sqlFile))
      return
    }
    assert.ok(diff.sql !== null && !('reason' in diff.sql), JSON.stringify(diff.sql))
    assert.equal(contentOf(apply(scratch, before, sqlFile)), contentOf(after))
    if (touched !== null) {
      assert.equal(contentOf(apply(scratch, touched.before, sqlFile)), contentOf(touched.after))
    }
  })
}

test.run()
