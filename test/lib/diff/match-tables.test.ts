import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openDatabases } from '../../../lib/diff/open-databases.ts'
import { matchTables } from '../../../lib/diff/schema/match-tables.ts'
import { readSchema } from '../../../lib/diff/schema/read-schema.ts'
import { createDatabase } from '../../helpers/databases.ts'
import { temporaryFolder } from '../../helpers/temporary-folder.ts'

const test = suite('diff: which table is which')
const { folder, remove } = await temporaryFolder()
test.after(remove)

const COUNT = 60

let number = 0

/** Matches the tables of two databases; how many statements that took. */
async function match(before: string, after: string): Promise<{ asked: number; names: string[] }> {
  const name = number++
  const files = [
    await createDatabase(folder, `${name}-before.sqlite`, before),
    await createDatabase(folder, `${name}-after.sqlite`, after),
  ] as const
  const databases = openDatabases(...files)
  try {
    const schemas = [readSchema(databases.before), readSchema(databases.after)] as const
    const { db } = databases.before
    const prepare = db.prepare.bind(db)
    let asked = 0
    db.prepare = (sql) => {
      asked++
      return prepare(sql)
    }
    const pairs = matchTables(...schemas, databases)
    const names = pairs.map((pair) => `${pair.before?.name ?? ''} ${pair.after?.name ?? ''}`)
    return { asked, names }
  } finally {
    databases.close()
  }
}

/** Many tables of the same columns. */
function many(rowOf: (at: number) => string | null): string {
  return Array.from({ length: COUNT }, (_, at) => {
    const row = rowOf(at)
    const insert = row === null ? '' : `INSERT INTO t${at} VALUES(${row});`
    return `CREATE TABLE t${at}(k INTEGER PRIMARY KEY, v);${insert}`
  }).join('')
}

const asNamed = Array.from({ length: COUNT }, (_, at) => `t${at} t${at}`)

test('tables of the same columns that have their rows are not compared with all others', async () => {
  const sql = many((at) => `1, ${at}`)
  const { asked, names } = await match(sql, `${sql}ALTER TABLE t1 RENAME TO renamed;`)
  assert.equal(
    names,
    asNamed.map((pair) => (pair === 't1 t1' ? 't1 renamed' : pair)),
  )
  assert.ok(asked < 10 * COUNT, `${asked} statements`)
})

test('so many tables that nothing tells apart are those of their names', async () => {
  const { asked, names } = await match(
    many(() => null),
    many(() => null),
  )
  assert.equal(names, asNamed)
  assert.ok(asked < 10 * COUNT, `${asked} statements`)
})

test.run()
