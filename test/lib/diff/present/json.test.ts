import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { diffDatabases } from '../../../../lib/diff/diff-databases.ts'
import { diffDocument } from '../../../../lib/diff/present/json.ts'
import { createDatabase } from '../../../helpers/databases.ts'
import { inFolder } from '../../../helpers/in-folder.ts'
import { typical } from './scene.ts'

const test = suite('a diff for programs')

const schema = new URL('../../../../lib/diff/present/diff.schema.json', import.meta.url)
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
const validate = ajv.compile(JSON.parse(await readFile(schema, 'utf8')) as object)

test('is as its schema says', () =>
  inFolder(async (folder) => {
    const before = await createDatabase(
      folder,
      'a.sqlite',
      `CREATE TABLE t(id PRIMARY KEY, n REAL); CREATE TABLE gone(x); CREATE TABLE plain(x);
       INSERT INTO t VALUES (1, 1.5), (2, 2), (3, 3); INSERT INTO plain VALUES (1), (2);`,
    )
    const after = await createDatabase(
      folder,
      'b.sqlite',
      `CREATE TABLE t(id PRIMARY KEY, n REAL, m); CREATE TABLE plain(x); CREATE VIEW v AS SELECT 1;
       INSERT INTO t VALUES (1, 1.7, 'x'), (2, 2, NULL), (4, 3, NULL); INSERT INTO plain VALUES (2);`,
    )
    const sqlFile = `${folder}/x.sql`
    const real = await diffDatabases(before, after, { scratch: folder, sqlFile, env: process.env })
    const rows = new Map([
      ['t', [{ change: 'inserted', before: null, after: { id: '4' } }] as const],
    ])
    for (const document of [diffDocument(real), diffDocument(real, rows), diffDocument(typical)]) {
      const sent: unknown = JSON.parse(JSON.stringify(document))
      assert.ok(validate(sent), JSON.stringify(validate.errors))
      assert.not.match(JSON.stringify(sent), folder)
    }
    assert.not.ok(validate({ ...diffDocument(real), tables: [{ name: 't' }] }))
  }))

test.run()
