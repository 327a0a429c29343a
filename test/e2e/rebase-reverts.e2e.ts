import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createDataRepository } from '../helpers/data-repository.ts'
import { createDatabase } from '../helpers/databases.ts'
import { dmFailure, dmJson } from '../helpers/dm-here.ts'
import { inFolder } from '../helpers/in-folder.ts'

const test = suite('what dm rebase would undo')

const rows = (values: string): string =>
  `CREATE TABLE t(id INTEGER PRIMARY KEY, n REAL, m); INSERT INTO t VALUES ${values};`

/** Ada has changed v1; meanwhile somebody else has published v2. */
const meet =
  (theirs: string, body: (work: string) => Promise<void>, bucket = 'production') =>
  (): Promise<void> =>
    inFolder(async (folder) => {
      const { work, merge } = await createDataRepository(folder)
      const prepare = async (name: string, sql: string): Promise<string> => {
        const file = await createDatabase(folder, `${name}.sqlite`, rows(sql))
        const { branch } = await dmJson(work.folder, [
          'prepare',
          'm.sqlite',
          file,
          '--bucket',
          bucket,
        ])
        return String(branch)
      }
      const publish = async (branch: string): Promise<void> => {
        await merge(branch)
        await dmJson(work.folder, ['publish'])
      }
      await publish(await prepare('one', '(1, 1, 1), (2, 2, 2), (3, 3, 3)'))
      await prepare('ours', '(1, 9, 1), (2, 2, 2), (3, 3, 3)')
      const email = await work.git('config', 'user.email')
      await work.git('config', 'user.email', 'somebody@else.example')
      await publish(await prepare('theirs', theirs))
      await work.git('config', 'user.email', email)
      await body(path.resolve(work.folder))
    })

const refused = { exit: 2, code: 'DM_REBASE_REVERTS' }

test(
  'a change of another row is told by its table, and needs consent',
  meet('(1, 1, 1), (2, 5, 2), (3, 3, 3), (4, 4, 4)', async (work) => {
    const { message } = await dmFailure(work, ['rebase', 'm.sqlite'], refused)
    assert.match(message, 'would undo 2 rows of t of v2')
    const done = await dmJson(work, ['rebase', 'm.sqlite', '--accept-reverts'])
    assert.equal([done['version'], done['reverts']], ['v3', [{ table: 't', rows: 2 }]])
  }),
)

test(
  'another column of the same row, too; a deleted row that comes back, too',
  meet('(1, 1, 7), (2, 2, 2)', async (work) => {
    const dry = await dmJson(work, ['rebase', 'm.sqlite', '--dry-run'])
    assert.equal(dry['reverts'], [{ table: 't', rows: 2 }])
  }),
)

test(
  'of a private dataset nothing is told in CI, where others read along',
  meet(
    '(1, 1, 1), (2, 5, 2), (3, 3, 3), (4, 4, 4)',
    async (work) => {
      const dry = ['rebase', 'm.sqlite', '--dry-run']
      assert.equal((await dmJson(work, dry))['reverts'], [{ table: 't', rows: 2 }])
      const { reverts, revertsKnown, notices } = await dmJson(work, dry, { env: { CI: 'true' } })
      assert.equal([reverts, revertsKnown], [[], false])
      assert.match(JSON.stringify(notices), 'its bucket is private, and this is CI')
    },
    'internal',
  ),
)

test(
  'where nothing would be undone, no consent is needed',
  meet('(1, 9, 1), (2, 2, 2), (3, 3, 3); VACUUM; ANALYZE', async (work) => {
    const done = await dmJson(work, ['rebase', 'm.sqlite'])
    assert.equal([done['version'], done['reverts'], done['unseen']], ['v3', [], ['v2']])
  }),
)

test.run()
