import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isDmError } from '../../../../lib/errors/dm-error.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { assertCovered, createPair, fill, hasSameSchema } from './scene.ts'

const test = suite('lib/diff/pages/find-touched: flipped bytes')

/** More than usual: `RUNS=10000 node test/run.ts flipped-bytes`. */
const runs = Number(process.env['RUNS'] ?? 300)
const PAGE = 512
/** Of the processor's time: other programs may take theirs. */
const MOST_SECONDS = 1

/** Where the structure of a page is, rather than its rows. */
const place = fc.oneof(fc.nat(40), fc.nat(PAGE - 1))
const flips = fc.array(fc.tuple(fc.nat(9999), place, fc.nat(255)), { minLength: 1, maxLength: 3 })

test('whatever is flipped, what SQLite still reads is told rightly, or nothing is', () =>
  inFolder(async (folder) => {
    const sql = `PRAGMA page_size=${PAGE}; PRAGMA auto_vacuum=2; CREATE TABLE t(a INTEGER PRIMARY KEY, b);
      CREATE TABLE o(a INTEGER PRIMARY KEY, b); CREATE INDEX i ON o(b); ${fill('t', 1500)}
      ${fill('o', 40, `printf('%.*c', i * i, 'x')`)} DELETE FROM t WHERE a BETWEEN 700 AND 800;`
    const changes = `UPDATE t SET b = 'changed' WHERE a = 1200; DELETE FROM t WHERE a = 500;
      UPDATE o SET b = substr(b, 1, 899) || 'y' WHERE a = 30;`
    const sound = createPair(folder, sql, changes)
    assert.is(assertCovered(sound).whole, 0)
    const bytes = { before: readFileSync(sound.before), after: readFileSync(sound.after) }
    const outcomes = { told: 0, whole: 0, unread: 0 }
    const pair = { before: path.join(folder, 'old.sqlite'), after: path.join(folder, 'new.sqlite') }
    fc.assert(
      fc.property(flips, fc.boolean(), (places, inBoth) => {
        const [before, after] = [Buffer.from(bytes.before), Buffer.from(bytes.after)]
        for (const [page, at, value] of places) {
          const offset = (page % (after.length / PAGE)) * PAGE + at
          after[offset] = value
          if (inBoth && offset < before.length) before[offset] = value
        }
        writeFileSync(pair.before, before)
        writeFileSync(pair.after, after)
        const began = process.cpuUsage()
        try {
          if (!hasSameSchema(pair)) outcomes.unread += 1
          else outcomes[assertCovered(pair).whole > 0 ? 'whole' : 'told'] += 1
        } catch (error) {
          // The test itself asks SQLite, which may find the file damaged.
          const isRefused =
            error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
          if (!isRefused && !isDmError(error)) throw error
          outcomes.unread += 1
        }
        assert.ok(process.cpuUsage(began).user < MOST_SECONDS * 1e6)
      }),
      { numRuns: runs },
    )
    // Else the test would say nothing.
    for (const count of Object.values(outcomes)) assert.ok(count > 0, JSON.stringify(outcomes))
  }))

test.run()
